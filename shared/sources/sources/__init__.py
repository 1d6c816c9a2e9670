"""Raw files to Arrow record batches, read identically by Spark tasks and by training with records `none`.

The data flow: `files` (names to files), `text` and `columnar` (a range of a file to batches), `read_range` (any of them, by the
source's format), `matrices` (batches to the matrices that a model's graph takes).
"""
