"""Expressions of a row inside the graph: the trees of `contracts.expressions` as operations of TensorFlow.

    compile_graph      the one door, with the table from nodes to operations
    nullable           values and validity, and how doubles are kept from being computed in another order
    zone_offsets       the time zone's rules as tensors
    character_case     tables of upper and lower case

The other modules have the operations, a module for each of `contracts.expressions.nodes`.
"""
