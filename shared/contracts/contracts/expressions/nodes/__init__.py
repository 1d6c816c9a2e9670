"""The nodes of expressions, one module per family: its operations, its typing rule, and what nulls do.

`any_node` has their union. A new operation also has its place in the compilers `preprocessing.expressions` and
`modeling.layers.expressions`; a test walks over all of them.
"""
