"""Batches to statistics: added up in tasks, merged, described, compared."""
