"""The commands about access tokens: those of this user, and those of the services."""
