"""Which files a request names: globs, allowed roots, Hive partitions."""
