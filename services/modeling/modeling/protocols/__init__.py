"""Wire formats of predictions, one per file: bytes to what a signature takes, and what it gives to bytes."""
