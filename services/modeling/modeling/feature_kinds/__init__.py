"""Kinds of features, a module each, for every stage that does not need TensorFlow; and raw values of rows of any kind.

`kinds.py` chooses the kind by an exhaustive match; `kind.py` lists what a kind has to say. TensorFlow's part of a kind is its
module in `modeling.layers.feature_kinds`.
"""
