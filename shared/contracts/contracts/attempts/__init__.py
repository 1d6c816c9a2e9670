"""Attempts of jobs in the storage: each writes into a folder of its own, and at most one attempt of a job publishes."""
