"""The way of a call to both services: each is defined once, and carried out by a blocking or an asynchronous client."""
