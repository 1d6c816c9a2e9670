"""Skew between served and training data, feature by feature."""
