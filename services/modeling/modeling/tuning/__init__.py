"""Parameters of a trained model that the validation split determines: the temperature of its probabilities, and a threshold."""
