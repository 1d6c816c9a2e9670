"""Names of a model's outputs: the graph returns them, replies show them, and batch predictions have columns of these names."""

from __future__ import annotations

PREDICTIONS = "predictions"
"""A binary label's probability of 1, float32 [rows], or a regression's number, float64 [rows]."""
QUANTILES = "quantiles"
"""Of a regression that was trained with quantiles, ascending, float64 [rows, quantiles]."""
PROBABILITIES = "probabilities"
"""Of the classes of a multiclass label, in the order of their ids, float32 [rows, classes]."""
CLASS_ID = "class_id"
"""The most probable class, int64 [rows]."""
CLASS = "class"
"""Its name, [rows]: int64 where classes are whole numbers, else text."""
