"""Who asks, and what that caller may do: one layer of ASGI, which every request passes."""
