"""Delimited text and formats of lines to typed record batches."""
