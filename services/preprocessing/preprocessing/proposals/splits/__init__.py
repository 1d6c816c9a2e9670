"""How rows are proposed to be split: `split_keys` (which belong together), `time_splits` (by a time that the data has)."""
