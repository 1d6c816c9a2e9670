"""Tokens, roles and patterns of names: the form in which the services and the client keep and check who may do what."""
