"""Folders that are not on this machine: `filesystems` (from a URI), `conditional_writes` (files that nobody else has created)."""
