"""Structs, spread to a column for each leaf, named by its path: `shared/decisions/0083-structs-by-path.md`."""
