"""Spark SQL in requests: label, filter, weight and derived columns, each from one row alone."""
