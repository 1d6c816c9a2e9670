"""Characters inside the graph, by the tables of Arrow: upper and lower case, normalization."""
