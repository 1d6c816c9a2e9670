"""Raw fields to the three value types of features: from text, and from typed Arrow columns."""
