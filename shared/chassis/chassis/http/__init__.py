"""The layers of every request, and the routes that all services have."""
