"""Parameters of a model that the validation split determines: requests for them, and what they are."""
