"""Folders of other machines: `uris` as text, `filesystems` opened, `conditional_writes` for files that nobody has created."""
