"""Columns of lists: arrays (`array_lists`), and text with a separator (`separated_lists`)."""
