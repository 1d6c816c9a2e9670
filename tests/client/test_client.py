"""The package: what it exports."""

from __future__ import annotations

import tandem


def test_everything_exported_is_there() -> None:
    assert all(hasattr(tandem, name) for name in tandem.__all__)
    assert sorted(tandem.__all__) == tandem.__all__
