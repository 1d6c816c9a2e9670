"""Trains TensorFlow models from published datasets and answers predictions; no Spark anywhere near it."""
