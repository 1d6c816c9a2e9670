"""Text to tokens inside the graph, by the options of each feature, for signatures that take text."""
