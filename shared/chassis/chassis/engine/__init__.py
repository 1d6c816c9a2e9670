"""Jobs at work: worker slots, each with a child process that holds the engine (Spark or TensorFlow)."""
