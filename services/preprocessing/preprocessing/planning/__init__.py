"""What a job will read: files to ranges, columns to a schema."""
