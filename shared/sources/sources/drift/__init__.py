"""How far the distribution of a column has moved between two sets of rows."""
