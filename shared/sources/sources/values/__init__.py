"""Raw fields to the three value types that features are made of: from text, and from typed Arrow columns."""
