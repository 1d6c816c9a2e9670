"""Columns of vectors, spread into a column for each element: `contracts.features.sequences.vectors`."""
