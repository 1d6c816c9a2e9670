"""JSON rows and columns to arrays of a model's raw fields, whatever the protocol."""
