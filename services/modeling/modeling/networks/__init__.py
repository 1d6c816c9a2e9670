"""The trainable part of a model, one network per file; `specs` says what a request may ask for and loads no TensorFlow."""
