"""The label of a proposal: `label_candidates` (columns that could be it), `choose_label`, and `label_leaks` (in others)."""
