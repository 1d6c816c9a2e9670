"""Loops over whole columns, compiled by numba: numbers in, numbers out, no Arrow, no Spark, no Python objects.

Compiled code is cached on disk next to the modules (or in `NUMBA_CACHE_DIR`), so each machine compiles once.
"""
