"""TFRecord files of tf.train.Examples: framing, checksums, wire format; no TensorFlow, and no object per value."""
