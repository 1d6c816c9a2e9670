"""Plan a job's input: files to ranges, columns to a schema."""
