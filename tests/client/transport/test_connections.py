"""A service that does not answer is named."""

from __future__ import annotations

import pytest

from tandem import (
    Tandem,
    Unreachable,
)


def test_a_service_that_is_away_is_named_with_its_address() -> None:
    with Tandem(modeling="http://127.0.0.1:1") as away:
        assert not away.is_there("modeling")
        assert not away.is_ready("modeling")
        with pytest.raises(Unreachable, match=r"modeling does not answer at http://127\.0\.0\.1:1 "):
            away.model("flights")
