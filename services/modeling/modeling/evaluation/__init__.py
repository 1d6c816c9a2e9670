"""Evaluation of a model on the held-out test split, and of the incumbent version on the same rows."""
