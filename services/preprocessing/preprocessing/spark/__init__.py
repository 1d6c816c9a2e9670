"""Spark: the session, the packages of its executors, and the tasks that run on it."""
