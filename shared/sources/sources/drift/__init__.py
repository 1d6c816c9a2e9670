"""Drift of a column's distribution between two sets of rows."""
