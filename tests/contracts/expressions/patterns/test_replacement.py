from __future__ import annotations

import pytest

from contracts.expressions.patterns.replacement import re2_replacement


@pytest.mark.parametrize(
    ("replacement", "groups", "re2"),
    [("$1x$0", 1, r"\1x\0"), (r"\$1\\", 1, "$1\\\\"), ("$12", 1, r"\12"), ("", 0, ""), (r"\a", 0, "a")],
)
def test_java_to_re2(replacement: str, groups: int, re2: str) -> None:
    assert re2_replacement(replacement, groups) == re2


@pytest.mark.parametrize(
    ("replacement", "groups"), [("$2", 1), ("$", 1), ("$a", 1), ("${name}", 1), ("\\", 0), ("$10", 12)]
)
def test_the_rest_is_refused(replacement: str, groups: int) -> None:
    with pytest.raises(ValueError, match="replacement"):
        re2_replacement(replacement, groups)
