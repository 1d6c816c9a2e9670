"""Groups of rows by a split key, where others than its hash decide the split: none may be in two splits.

`collect` (the splits of each group, range by range), `merge` (over all ranges, in buckets of hashes), `refuse` (the error).
"""
