"""Messages over HTTP, defined once: the services take and reply these models, and the client sends and reads them."""
