"""The caller of a request, and its permissions: one layer of ASGI, which every request passes."""
