"""Columns to files: TFRecords, row files with split, label and weight, and rejected rows."""
