"""How weights are learned: optimizers, learning-rate schedules, early stopping; `specs` and `settle` load no TensorFlow."""
