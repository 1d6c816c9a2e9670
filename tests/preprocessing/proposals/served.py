"""The preprocessing service over HTTP, for what needs neither jobs nor an engine."""

from __future__ import annotations

import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn
from structlog.testing import capture_logs

from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings


@contextmanager
def served(folder: Path, storage: str | None = None) -> Generator[str]:
    """The address of the service; its only source root is the folder `sources` in `folder`. `storage`: one in use elsewhere."""
    (folder / "sources").mkdir()
    settings = PreprocessingSettings(
        storage=storage or str(folder / "storage"), state=str(folder / "state"), source_roots=[str(folder / "sources")]
    )
    app = make_app(settings)
    app.state.settings = settings  # what the lifespan does, which would start the engine as well
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        thread.join(0.01)
    try:
        with capture_logs():  # else its lines are mixed into what a command prints in this process
            yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join()
