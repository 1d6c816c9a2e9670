"""The README's walk with curl, as it stands there, against both real local_services."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest
from tests.system.servers import free_port

from tandem import Tandem, local_services
from tandem.demo_data import write_flights

README = Path(__file__).resolve().parents[2] / "README.md"


@pytest.mark.long
@pytest.mark.skipif(shutil.which("curl") is None, reason="the walk is with curl, which is not installed")
def test_the_walk_ends_in_a_prediction_for_each_row(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    found = re.search(r"<!-- walk -->\n```sh\n(.*?)```", README.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None
    ports = {"8001": str(free_port()), "8002": str(free_port())}
    walk = re.sub(r"127\.0\.0\.1:(800[12])", lambda match: f"127.0.0.1:{ports[match[1]]}", found[1])
    monkeypatch.chdir(tmp_path)
    write_flights(local_services.SOURCES)
    urls = [f"http://127.0.0.1:{port}" for port in ports.values()]
    with Tandem(*urls) as tandem, local_services.running(tandem):
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", walk], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout[-2000:]
    (predictions,) = re.findall(r"\"predictions\":\s*\[([^]]*)\]", done.stdout)
    assert len(json.loads(f"[{predictions}]")) == 3
