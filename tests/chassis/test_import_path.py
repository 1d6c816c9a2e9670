from __future__ import annotations

import json

import pytest

from chassis.import_path import import_object


def test_an_object_is_imported_by_its_path() -> None:
    assert import_object("json:dumps") is json.dumps


@pytest.mark.parametrize("path", ["json", "json:", ":dumps", ""])
def test_half_a_path_is_refused_with_what_was_received(path: str) -> None:
    with pytest.raises(ValueError, match="Received"):
        import_object(path)


@pytest.mark.parametrize(("path", "error"), [("nosuch:x", ImportError), ("json:nosuch", AttributeError)])
def test_what_is_not_there_raises(path: str, error: type[Exception]) -> None:
    with pytest.raises(error):
        import_object(path)
