"""A benchmark that fails late keeps what it measured, and says what failed."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from tests.benchmarks import bench, serving
from tests.benchmarks.figures import Figures
from tests.benchmarks.parts import in_its_own_process
from tests.quality import __main__ as quality


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def test_a_part_that_fails_is_named_and_the_others_are_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "build" / "figures.json"
    figures = Figures(path)
    figures.measure("first", lambda: {"a": 1})
    assert read(path) == {"a": 1}
    figures.measure("second", lambda: {"b": int("x")})
    assert read(path) == {"a": 1, "failures": {"second": "ValueError: invalid literal for int() with base 10: 'x'"}}
    figures.measure("third", lambda: {"c": 3})
    with pytest.raises(SystemExit) as ended:
        figures.end()
    assert str(ended.value) == "failed:\n  second: ValueError: invalid literal for int() with base 10: 'x'"
    assert read(path) == {
        "a": 1,
        "c": 3,
        "failures": {"second": "ValueError: invalid literal for int() with base 10: 'x'"},
    }
    assert "Traceback" in capsys.readouterr().err


def test_without_a_failure_it_ends_well(tmp_path: Path) -> None:
    figures = Figures(tmp_path / "figures.json")
    figures.measure("only", lambda: {"a": 1})
    figures.end()
    assert read(tmp_path / "figures.json") == {"a": 1}


def test_figures_of_an_earlier_run_are_not_mixed_in(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    path.write_text('{"old": 1}')
    Figures(path).add({"new": 2})
    assert read(path) == {"new": 2}


def test_a_kill_leaves_what_was_measured_before(tmp_path: Path) -> None:
    path = tmp_path / "figures.json"
    code = (
        "import os\nfrom pathlib import Path\nfrom tests.benchmarks.figures import Figures\n"
        f"figures = Figures(Path({str(path)!r}))\nfigures.measure('first', lambda: {{'a': 1}})\n"
        "figures.measure('second', lambda: os.kill(os.getpid(), 9))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False, stderr=subprocess.DEVNULL).returncode == -9
    assert read(path) == {"a": 1}


@pytest.mark.parametrize("failing", [0, 1, 2])
def test_lines_of_a_part_are_added_as_they_come(failing: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tests" / "benchmarks").mkdir(parents=True)
    lines = "".join(f"print('{{\"figure {number}\": {number}}}', flush=True)\n" for number in range(failing))
    (tmp_path / "tests" / "benchmarks" / "part.py").write_text(f"print('a word')\n{lines}raise SystemExit(4)\n")
    monkeypatch.chdir(tmp_path)
    figures = Figures(tmp_path / "figures.json")
    figures.measure("part", lambda: in_its_own_process("part", figures.add))
    expected = {f"figure {number}": number for number in range(failing)}
    assert read(tmp_path / "figures.json") == {
        **expected,
        "failures": {"part": "RuntimeError: part ended with exit code 4"},
    }


@pytest.mark.parametrize(
    "show", [lambda found: bench.show(found, 1000), serving.show, quality.show], ids=["bench", "serving", "quality"]
)
@pytest.mark.parametrize("found", [{}, {"failures": {"x": "y"}, "throughput": {"tandem": 7.0}, "rows": 3}])
def test_a_table_of_what_there_is(show: Any, found: dict[str, Any]) -> None:
    show(found)
