"""Tandem's data at rest: what the two services agree on, and the only thing that they share.

Nothing here imports a web framework, Spark or TensorFlow; the services meet through what these modules write and read.
"""
