"""Trees to kernels over Arrow's arrays: `compile_arrow` is the door, `values` has values and validity.

The other modules have the kernels, a module for each of `contracts.expressions.nodes`.
"""
