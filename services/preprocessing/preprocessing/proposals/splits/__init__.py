"""Proposals of splits: `split_keys` (which rows belong together), `time_splits` (by a time that the data has)."""
