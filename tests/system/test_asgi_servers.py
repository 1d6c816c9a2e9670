"""Each service under an ASGI server of the user's, which makes the application itself."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import httpx
import pytest
from tests.starting import readiness, wait_for_start
from tests.system.servers import free_port


@pytest.mark.parametrize("service", ["preprocessing", "modeling"])
def test_a_factory_makes_the_application(service: str, tmp_path: Path) -> None:
    port = free_port()
    command = [sys.executable, "-m", "uvicorn", "--factory", f"{service}.main:make_app", "--port", str(port)]
    places = {"TANDEM_STORAGE": str(tmp_path / "storage"), "TANDEM_STATE": str(tmp_path / "state")}
    with (tmp_path / "log").open("wb") as log:
        process = subprocess.Popen(
            command, env=os.environ | places, stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
        )
    try:
        url = f"http://127.0.0.1:{port}"
        wait_for_start(process, lambda: readiness(url), tmp_path / "log")
        assert httpx.get(f"{url}/openapi.json").json()["info"]["title"] == f"Tandem: {service}"
    finally:
        process.terminate()
        process.wait(60)
