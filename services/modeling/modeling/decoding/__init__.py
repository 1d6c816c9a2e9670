"""Decoding of JSON rows and columns to arrays of a model's raw fields, for all protocols."""
