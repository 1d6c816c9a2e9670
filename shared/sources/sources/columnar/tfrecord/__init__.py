"""TFRecord files of tf.train.Examples: framing, checksums and the wire format, without TensorFlow and without an object per value."""
