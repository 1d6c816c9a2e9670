"""Columns to files: TFRecords, the rows beside them, and the rows that were rejected."""
