"""Folds of a training request, and the metrics that cross-validation measures on them."""
