"""`tandem predict`: rows in each form."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.client.scripted import Run, Script


@pytest.mark.parametrize("rows", ['{"distance": 1}', '[{"distance": 1}]', '{"instances": [{"distance": 1}]}'])
def test_predict_takes_a_row_rows_or_a_whole_body(run: Run, service: Script, rows: str, tmp_path: Path) -> None:
    (tmp_path / "rows.json").write_text(rows)
    for shown in (
        run("predict", "flights", rows),
        run("predict", "flights", str(tmp_path / "rows.json")),
        run("predict", "flights", "-", stdin=rows),
    ):
        assert json.loads(shown.output) == {"predictions": [0.25]}
    assert service.bodies == [{"instances": [{"distance": 1}]}] * 3
