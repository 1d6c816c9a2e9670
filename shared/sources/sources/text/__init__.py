"""CSV, TSV and JSON lines to typed record batches."""
