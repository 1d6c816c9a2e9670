"""Expressions of a row as text: Spark SQL to trees (`parsing`), and the rules of time zones as data."""
