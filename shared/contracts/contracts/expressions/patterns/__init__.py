"""Patterns of text: the common subset of Java's and RE2's, and LIKE's."""
