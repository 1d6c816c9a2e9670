"""One training job, from the request to a published version."""
