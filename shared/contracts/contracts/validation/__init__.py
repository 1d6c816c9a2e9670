"""Words for values that no request may have."""
