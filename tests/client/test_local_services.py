"""Real processes are started: here the two modules are small stand-ins, put before the real ones by PYTHONPATH.

Covers also `tandem.commands.up`.
"""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tandem import InvalidInput, NotStarted, Tandem, local_services
from tandem.transport.connections import SERVICES

STAND_IN = """
import os, signal, subprocess, sys
from http.server import BaseHTTPRequestHandler, HTTPServer

class Ready(BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()

engine = subprocess.Popen(["sleep", "600"])  # such as Spark: it must not stay behind
print("roots:", os.environ["TANDEM_SOURCE_ROOTS"], "engine:", engine.pid, flush=True)
print("urls:", os.environ["TANDEM_PREPROCESSING_URL"], os.environ["TANDEM_MODELING_URL"], flush=True)
signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
HTTPServer((os.environ["TANDEM_HOST"], int(os.environ["TANDEM_PORT"])), Ready).serve_forever()
"""
BROKEN = "raise SystemExit('no such setting')"


def free_url() -> str:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return f"http://127.0.0.1:{probe.getsockname()[1]}"


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for service in SERVICES:
        write(tmp_path, service, STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(tmp_path / "modules"))
    monkeypatch.delenv("TANDEM_SOURCE_ROOTS", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def write(place: Path, service: str, program: str) -> None:
    package = place / "modules" / service
    package.mkdir(parents=True, exist_ok=True)
    (package / "__init__.py").touch()
    (package / "main.py").write_text(program)


def engines() -> list[int]:
    return [int(local_services.log_of(service).read_text().split("engine:")[1].split()[0]) for service in SERVICES]


def lives(process: int) -> bool:
    """Whether it runs; one that has ended and waits for its parent to notice does not."""
    try:
        return Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def all_end_soon(processes: list[int]) -> bool:
    """A killed process takes a moment to be gone."""
    deadline = time.monotonic() + 30
    while any(lives(process) for process in processes) and time.monotonic() < deadline:
        time.sleep(0.02)
    return not any(lives(process) for process in processes)


def test_both_are_ready_inside_the_block_and_gone_after_it_with_all_they_started(place: Path) -> None:
    waited: list[str] = []
    with Tandem(free_url(), free_url()) as tandem:
        with local_services.running(tandem, waited.append):
            assert all(tandem.is_ready(service) for service in SERVICES)
            assert all(lives(engine) for engine in engines())
        assert waited == ["preprocessing", "modeling"]
        assert not any(tandem.is_there(service) for service in SERVICES)
    assert all_end_soon(engines())
    assert f"roots: {place / 'build' / 'sources'}" in local_services.log_of("modeling").read_text()
    urls = f"urls: {tandem.urls['preprocessing']} {tandem.urls['modeling']}\n"
    assert all(urls in local_services.log_of(service).read_text() for service in SERVICES)


def test_a_service_that_ends_at_once_is_shown_with_the_end_of_its_log(place: Path) -> None:
    write(place, "modeling", BROKEN)
    with Tandem(free_url(), free_url()) as tandem:
        with (
            pytest.raises(NotStarted, match=r"modeling ended with exit code 1:\nno such setting"),
            local_services.running(tandem),
        ):
            pass
        assert not tandem.is_there("preprocessing")


@pytest.mark.usefixtures("place")
def test_a_taken_address_and_another_machine_are_refused() -> None:
    with (
        Tandem(free_url(), free_url()) as tandem,
        local_services.running(tandem),
        pytest.raises(InvalidInput, match=r"answers at .* already"),
        local_services.running(tandem),
    ):
        pass
    with (
        Tandem("http://elsewhere.example:8001") as away,
        pytest.raises(InvalidInput, match="only services on this machine"),
        local_services.running(away),
    ):
        pass


UP = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in a shell's background
from tandem.cli import app
app()
"""


@pytest.mark.usefixtures("place")
@pytest.mark.parametrize("signalled", [signal.SIGINT, signal.SIGTERM])
def test_up_stays_until_it_is_told_to_end(signalled: signal.Signals) -> None:
    tandem = Tandem(free_url(), free_url())
    words = [f"--{service}={url}" for service, url in tandem.urls.items()]
    command = [sys.executable, "-c", UP, "up", *words]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as up, tandem:
        assert up.stdout is not None
        assert any(f"{tandem.urls['modeling']}   log: " in line for line in up.stdout), (
            "it ended before it said where they are"
        )
        assert all(tandem.is_ready(service) for service in SERVICES)
        os.kill(up.pid, signalled)
        said, _ = up.communicate(timeout=30)
        assert not any(tandem.is_there(service) for service in SERVICES)
    assert "Traceback" not in said
    assert up.returncode == (0 if signalled is signal.SIGINT else 128 + signal.SIGTERM)
    assert all_end_soon(engines())
