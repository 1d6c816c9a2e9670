"""Kinds of features inside the graph, a module each; `layers.model_inputs` chooses and joins them."""
