"""What the OpenAPI document says that FastAPI cannot know: of bodies read by hand, and of the models that are loaded."""
