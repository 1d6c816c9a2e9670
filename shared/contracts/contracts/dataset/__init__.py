"""A published dataset: what it holds, and where."""
