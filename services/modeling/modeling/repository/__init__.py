"""Versions at rest: manifests, labels, warm-up rows, and which version answers by default."""
