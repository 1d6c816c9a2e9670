"""Spark: the session, what its executors need, and how work is given to it."""
