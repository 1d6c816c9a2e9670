"""Values to model inputs: the numpy and numba side of `contracts.input_rules`."""
