"""URIs of a request to files: globs, allowed roots, Hive partitions."""
