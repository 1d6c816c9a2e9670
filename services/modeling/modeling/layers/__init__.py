"""Layers that turn raw values into model inputs, inside the graph: one Keras layer per file.

Every layer is built from the dataset's statistics or vocabularies and works on all features of its kind at once, packed
into one matrix. None of them learns anything (`adapt` is never called), so training and serving cannot differ.
"""
