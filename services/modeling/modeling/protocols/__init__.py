"""Wire formats of predictions, one per file: bytes to the inputs of a signature, and its outputs to bytes."""
