"""Loops over whole columns, compiled by numba: numbers in, numbers out, no Arrow, no Spark, no Python objects.

Compiled code is cached on disk beside the modules (or in `NUMBA_CACHE_DIR`), so it is made once per machine.
"""
