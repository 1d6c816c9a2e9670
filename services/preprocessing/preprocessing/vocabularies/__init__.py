"""Tokens to vocabularies: counted in tasks, merged in buckets, put in the order of ids."""
