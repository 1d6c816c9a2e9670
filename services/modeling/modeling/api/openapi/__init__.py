"""Parts of the OpenAPI document that FastAPI cannot know: bodies read by hand, and the models that are loaded."""
