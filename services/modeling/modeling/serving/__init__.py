"""Versions in memory: the registry, loading, warm-up, adaptive batching, and the predictor."""
