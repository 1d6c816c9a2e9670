"""Objects named as text, `package.module:name`: what only one process may import is named in all of them."""

from __future__ import annotations

import importlib
from typing import Any

__all__ = ["import_object"]


def import_object(path: str) -> Any:
    """Import a module and return one of its objects. Raises `ValueError`, `ImportError`, `AttributeError`.

    >>> import_object("json:dumps")({"a": 1})
    '{"a": 1}'
    """
    module, _, name = path.partition(":")
    if not module or not name:
        raise ValueError(f"An import path is package.module:name. Received: {path!r}")
    return getattr(importlib.import_module(module), name)
