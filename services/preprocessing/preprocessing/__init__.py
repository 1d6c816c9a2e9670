"""The preprocessing service: Spark turns raw tables into TFRecords, statistics and vocabularies, in dataset jobs."""
