"""A trained model as a SavedModel, and the replay that proves it answers as it did in training."""
