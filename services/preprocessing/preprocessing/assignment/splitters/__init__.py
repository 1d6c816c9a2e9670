"""The ways in which rows are divided among splits: one module each, over `base`.

`by_hash` (shares of a hash), `by_values` (a column's values), `by_time` (when validation and test begin), `by_files`;
`value_hashes` (one hash for a value, however it is written) serves the first two. Which one a request asks for: `plan_splitter`.
"""
