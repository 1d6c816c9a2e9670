"""Tests and benchmarks wait for programs as long as these get on."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.starting import NotStarted, wait_for_start


@contextmanager
def program(code: str, log: Path) -> Generator[subprocess.Popen[bytes]]:
    with log.open("wb") as output:
        process = subprocess.Popen([sys.executable, "-c", code], stdout=output, stderr=output)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


def looked_at(path: Path) -> tuple[bool, object]:
    return path.exists(), None


def test_a_program_that_works_is_waited_for_past_a_standstill(tmp_path: Path) -> None:
    done = tmp_path / "done"
    work = "while time.process_time() < 2.5: pass"
    code = f"import time\nfrom pathlib import Path\n{work}\nPath({str(done)!r}).touch()\ntime.sleep(60)"
    with program(code, tmp_path / "log") as process:
        assert wait_for_start(process, lambda: looked_at(done), tmp_path / "log", standstill=2, pause=0.02)


class Clock:
    """Time that passes where one would sleep."""

    now = 0.0

    def sleep(self, seconds: float) -> None:
        self.now += seconds

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr("tests.starting.time", clock)
    return clock


@pytest.mark.parametrize("sign", ["phase", "log"])
def test_a_phase_and_a_line_are_progress(sign: str, clock: Clock, tmp_path: Path) -> None:
    log = tmp_path / "log"
    with program("import time; time.sleep(60)", log) as process:

        def look() -> tuple[bool, object]:
            if sign == "log":
                log.write_text("a line\n" * int(clock.now))
            return clock.now > 500, clock.now if sign == "phase" else None

        assert wait_for_start(process, look, log, pause=50)


def test_one_that_stands_still_is_given_up_with_its_log(clock: Clock, tmp_path: Path) -> None:
    with program("import time; time.sleep(60)", tmp_path / "log") as process:
        (tmp_path / "log").write_text("waiting for Godot")
        with pytest.raises(NotStarted, match=r"stood still for \d+ s, in phase 'cold': waiting for Godot"):
            wait_for_start(process, lambda: (None, "cold"), tmp_path / "log", pause=10)
    assert clock.now < 120


def test_one_that_ended_is_not_waited_for(tmp_path: Path) -> None:
    with (
        program("import sys; print('no such port'); sys.exit(3)", tmp_path / "log") as process,
        pytest.raises(NotStarted, match=r"ended with exit code 3: no such port"),
    ):
        wait_for_start(process, lambda: (None, None), tmp_path / "log")
