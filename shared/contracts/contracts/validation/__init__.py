"""Words for what pydantic refuses: the field, the value, and what to do."""
