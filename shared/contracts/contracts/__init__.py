"""The contract of both services and the client: messages over HTTP, and formats in the storage.

Nothing here imports a web framework, Spark or TensorFlow. Messages are pydantic alone; formats need pyarrow and numpy, too. The
services exchange data only through files that these modules write and read.
"""
