"""What each kind of feature makes of raw tensors inside the graph: one module per kind, put together by `layers.model_inputs`."""
