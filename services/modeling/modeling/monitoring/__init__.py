"""Monitoring of predictions: metrics, and a log of sampled rows. It may neither slow down a prediction nor fail it."""
