"""The trainable part of a model, one network per file; `specs` holds the request fields and loads no TensorFlow."""
