"""Parquet, ORC and Arrow IPC to typed record batches."""
