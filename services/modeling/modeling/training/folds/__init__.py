"""Cross-validation: a model for each fold of the training split, trained without the fold and measured on it."""
