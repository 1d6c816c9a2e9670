"""Files of every dialect, as they lie in `cases/`, hold the rows that are written beside them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from tests.sources.reading import planned, rows

CASES = Path(__file__).parent / "cases"
EXPECTED: dict[str, dict[str, Any]] = json.loads((CASES / "expected.json").read_text())


@pytest.mark.parametrize("partitions", [1, 2, 16])
@pytest.mark.parametrize("name", EXPECTED)
def test_a_file_holds_its_rows(name: str, partitions: int) -> None:
    case = EXPECTED[name]
    plan = planned(CASES / name, partitions, **case["source"])
    found = [
        [value.decode() if isinstance(value, bytes) else value for value in row]
        for row in rows(plan, case.get("kinds"))
    ]
    assert found == case["rows"]


def test_every_file_is_a_case() -> None:
    assert {path.name for path in CASES.iterdir()} - {"expected.json", ".gitattributes"} == set(EXPECTED)
