"""Statistics of batches: accumulated in tasks, merged, described, compared."""
