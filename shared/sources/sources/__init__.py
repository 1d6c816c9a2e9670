"""Raw files to Arrow record batches, with one meaning: used by Spark tasks, and by training with records `none`.

The data's way: `locations` (names to files), `delimited` and `parquet` (a range of a file to batches), `read` (either,
by the source's format), `pack` (batches to the matrices that a model's graph takes).
"""
