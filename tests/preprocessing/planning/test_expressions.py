"""Checks of a request's expressions that need no Spark. Their evaluation: `spark/test_evaluate_expressions`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.preprocessing.planned_work import planned_work

from contracts.errors import InvalidRequest, NotFound, TandemError

TEXT = "y,n,k,w\n1,2,b,1\n0,1,a,2\n0,3,c,\n"

BAD: dict[str, tuple[dict[str, Any], type[TandemError], str, str]] = {
    "derived for nothing": (
        {"derive": {"m/1": "n * 2", "f": "n + 1"}, "filter": "f > 0"},
        InvalidRequest,
        "'m/1' is used by neither label, weight nor filter",
        "/derive/m~11",
    ),
    "derived and in the source": (
        {"derive": {"N": "w * 2"}, "weight": "N"},
        InvalidRequest,
        "the source has a column 'n'",
        "/derive/N",
    ),
    "derived split key": (
        {"derive": {"m": "n"}, "weight": "m", "split_key": ["m"]},
        InvalidRequest,
        "rows are split by columns of the source; 'm' is derived",
        "/split_key/0",
    ),
    "unknown weight": ({"weight": "z"}, NotFound, "no column 'z'. Its columns: 'y', 'n', 'k', 'w'", "/weight"),
    "unknown label": (
        {"label": {"column": "z"}},
        NotFound,
        "no column 'z'. Its columns: 'y', 'n', 'k', 'w'",
        "/label/column",
    ),
}


@pytest.mark.parametrize(("body", "kind", "words", "pointer"), BAD.values(), ids=BAD)
def test_names_that_cannot_be_used_so_are_refused(
    tmp_path: Path, body: dict[str, Any], kind: type[TandemError], words: str, pointer: str
) -> None:
    with pytest.raises(kind, match=words) as caught:
        planned_work(tmp_path, TEXT, **body)
    assert caught.value.pointer == pointer
