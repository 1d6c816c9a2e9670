"""Published versions in the storage: manifests, labels, warm-up rows, and the choice of the default version."""
