"""The split, label and weight of each row, from the row's own values."""
