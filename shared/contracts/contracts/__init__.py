"""Tandem's stored formats: the contract between the two services, and the only thing that they share.

Nothing here imports a web framework, Spark or TensorFlow; the services exchange data only through files that these
modules write and read.
"""
