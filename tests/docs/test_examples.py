"""The documentation's commands and Python examples, run page by page as they stand there, against both real services.

Every page goes on from the tutorial's dataset and model. Only the services' addresses are replaced, by free ports.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Generator
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.docs.pages import DOCS, README, ROOT, Block, runnable, sources
from tests.system.servers import free_port

from tandem import Tandem, local_services
from tandem.demo_data import write_flights

TUTORIAL = DOCS / "tutorial.md"
FLIGHTS = 20_000
BLOCK_SECONDS = 120
_CURL = 'curl() { command curl --fail-with-body "$@"; }'  # so that a refused request fails the test
_KEEP = "{ declare -p DAY JOB BASE 2>/dev/null || true; declare -f; }"
"""Functions, and the variables that pages name so, go on to the page's next block."""

pytestmark = pytest.mark.skipif(shutil.which("curl") is None, reason="the examples use curl, which is not installed")


@dataclass
class Reader:
    """Somebody with a shell and a notebook, in a folder of their own, who goes through pages block by block."""

    folder: Path
    urls: list[str]
    output: dict[Path, str] = field(default_factory=dict[Path, str])
    _clients: dict[int, Tandem] = field(default_factory=dict[int, Tandem])

    def follow(self, page: Path) -> str:
        """Run the page's blocks, in order, with one shell's variables and one notebook's names; returns what they printed."""
        names: dict[str, Any] = {"__name__": "__main__"}
        variables = self.folder / f"variables-{page.stem}"
        variables.write_text("")
        printed = [
            self._shell(block, variables) if block.language == "sh" else self._python(block, names)
            for block in runnable(page)
        ]
        self.output[page] = "".join(printed)
        return self.output[page]

    def _here(self, code: str) -> str:
        for port, url in zip(("8001", "8002"), self.urls, strict=True):
            code = re.sub(rf"(?:127\.0\.0\.1|localhost):{port}", url.removeprefix("http://"), code)
        return code.replace("Tandem()", f"Tandem({self.urls[0]!r}, {self.urls[1]!r})")

    def _shell(self, block: Block, variables: Path) -> str:
        script = f"{_CURL}\nsource {variables}\n{self._here(block.code)}\n{_KEEP} > {variables}\n"
        done = subprocess.run(
            ["bash", "-euo", "pipefail", "-c", script],
            env=os.environ
            | {
                "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}",
                "TANDEM_PREPROCESSING_URL": self.urls[0],
                "TANDEM_MODELING_URL": self.urls[1],
            },
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=BLOCK_SECONDS,
        )
        assert done.returncode == 0, f"{block.place}\n{block.code}\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
        return done.stdout

    def _python(self, block: Block, names: dict[str, Any]) -> str:
        code = "\n" * block.line + self._here(block.code)
        exec(compile(code, str(block.page), "exec"), names)
        self._clients.update({id(value): value for value in names.values() if isinstance(value, Tandem)})
        return ""

    def close(self) -> None:
        """Close the clients that pages leave open, as a notebook does."""
        for client in self._clients.values():
            client.close()


@pytest.fixture(scope="module")
def reader(tmp_path_factory: pytest.TempPathFactory) -> Generator[Reader]:
    """The services run in the reader's folder, as `make serve` starts them, next to some of the demo's flights."""
    folder = tmp_path_factory.mktemp("reader")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("TANDEM_DEFAULT_MODEL", "churn")
        patch.setenv("TANDEM_PREDICTION_LOG", "1")
        patch.setenv("TANDEM_PREDICTION_LOG_SECONDS", "1")
        flights = write_flights(local_services.SOURCES)
        with flights.open(encoding="utf-8") as file:
            lines = list(islice(file, FLIGHTS + 1))
        flights.write_text("".join(lines), encoding="utf-8")
        urls = [f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}"]
        with Tandem(*urls) as tandem, local_services.running(tandem):
            reader = Reader(folder, urls)
            try:
                reader.follow(TUTORIAL)
                yield reader
            finally:
                reader.close()


def test_the_tutorial_ends_in_predictions(reader: Reader) -> None:
    assert '"predictions"' in reader.output[TUTORIAL]


OTHERS = [page for page in sources() if page != TUTORIAL and runnable(page)]


@pytest.mark.parametrize("page", OTHERS, ids=lambda page: str(page.relative_to(ROOT)))
def test_a_pages_blocks_run(reader: Reader, page: Path) -> None:
    printed = reader.follow(page)
    if page == README:  # its walk ends in a prediction for each of three rows
        (predictions,) = re.findall(r"\"predictions\":\s*\[([^]]*)\]", printed)
        assert len(predictions.split(",")) == 3


def test_the_page_of_metrics_names_those_that_there_are(reader: Reader) -> None:
    page = (DOCS / "reference" / "metrics.md").read_text(encoding="utf-8")
    described = set(re.findall(r"^\| `(tandem_\w+)` \| (\w+)", page, re.MULTILINE))
    published = {
        found
        for url in reader.urls
        for found in re.findall(r"^# TYPE (tandem_\w+) (\w+)$", httpx.get(f"{url}/metrics").text, re.MULTILINE)
    }
    assert described == {(name, kind) for name, kind in published if not name.endswith("_created")}
