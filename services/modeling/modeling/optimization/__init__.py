"""Optimizers, learning-rate schedules, early stopping and losses; `class_weights` loads no TensorFlow.

Their request fields: `contracts.messages.optimizers`.
"""
