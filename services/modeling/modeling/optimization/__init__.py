"""Optimizers, learning-rate schedules, early stopping and losses; `specs` and `class_weights` load no TensorFlow."""
