"""A published dataset as batches of model inputs, through tf.data."""
