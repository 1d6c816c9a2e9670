"""The operations that a loaded graph may have, against TensorFlow's own registry."""

from __future__ import annotations

from typing import Any

from tensorflow.python.framework import op_def_registry

from modeling.export.allowed_operations import COMPUTING, STATEFUL, WRITTEN


def test_what_is_allowed_is_pure_by_tensorflows_own_account() -> None:
    registered: dict[str, Any] = {name: op_def_registry.get(name) for name in WRITTEN}
    assert [name for name, operation in registered.items() if operation is None] == []
    assert {name for name in COMPUTING if registered[name].is_stateful} == STATEFUL
    words = (
        "File",
        "Dataset",
        "Func",
        "Print",
        "Debug",
        "Summary",
        "Save",
        "Restore",
        "Iterator",
        "Queue",
        "Reader",
        "Send",
    )
    assert [name for name in COMPUTING if any(word in name for word in words)] == []
