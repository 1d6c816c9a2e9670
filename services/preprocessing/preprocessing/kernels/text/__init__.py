"""Kernels that read text: quotes and fields, numbers, lists, UTF-8."""
