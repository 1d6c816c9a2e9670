"""What each kind of feature makes of a column, for every stage that does not need TensorFlow: one module per kind.

`kinds.py` chooses the kind by an exhaustive match; `kind.py` lists what a kind has to say. TensorFlow's part of a kind is its
module in `modeling.layers.feature_kinds`.
"""
