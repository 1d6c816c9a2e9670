"""Routes over HTTP: they unwrap requests and wrap replies. Nothing here imports Spark, not even through others."""
