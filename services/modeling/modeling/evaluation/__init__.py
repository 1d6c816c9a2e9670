"""A model evaluated on the held-out test split, and beside the incumbent version."""
