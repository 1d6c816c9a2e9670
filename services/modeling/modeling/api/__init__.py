"""Routes over HTTP: they unwrap requests and wrap replies. Nothing here imports TensorFlow, not even through others."""
