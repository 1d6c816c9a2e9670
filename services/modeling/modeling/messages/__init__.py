"""Requests and replies of the modeling service. Predict has its own protocols: see `modeling.protocols`."""
