"""Servers to measure, each in processes of its own: this service with one more route, and others in environments of their own."""

from __future__ import annotations

import http.client
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import Any

import psutil
from tests.processes import descendants
from tests.starting import readiness, wait_for_start

RIVALS = Path(__file__).parent / "rivals"
ENVIRONMENTS = Path("build/rivals").absolute()
_TENSORFLOW = "tensorflow>=2.21,<2.22"  # the SavedModel is to run on the same one


def main() -> None:
    """Run the modeling service with one more route, which parses predict's body and does nothing."""
    from pydantic import BaseModel  # noqa: PLC0415  # only the server's process needs these

    from chassis.app import serve  # noqa: PLC0415
    from modeling.main import make_app  # noqa: PLC0415
    from modeling.settings import ModelingSettings  # noqa: PLC0415

    class Body(BaseModel):
        instances: list[dict[str, float | str | None]]

    settings = ModelingSettings()
    app = make_app(settings)

    async def empty(body: Body) -> dict[str, list[float]]:
        return {"predictions": []}

    empty.__annotations__["body"] = Body
    app.add_api_route("/empty", empty, methods=["POST"])
    serve(app, settings)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


@contextmanager
def tandem(folder: str, **settings: str) -> Generator[int]:
    """The port of this service over `{folder}/storage`, once its models and its engine are ready."""
    port = free_port()
    environment = {
        "TANDEM_STORAGE": f"{folder}/storage",
        "TANDEM_STATE": f"{folder}/state",
        "TANDEM_PORT": str(port),
        "TANDEM_LOG_LEVEL": "WARNING",
        **settings,
    }
    command = [sys.executable, "-m", "tests.benchmarks.servers"]
    # A child that starts would disturb the figures.
    look = partial(readiness, f"http://127.0.0.1:{port}", with_engine=True)
    with program(command, environment, look, Path(folder, "tandem.log")):
        yield port


def ask(port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None) -> tuple[int, Any]:
    """Status and JSON of a reply; 0 where there is no server yet."""
    content = body if isinstance(body, bytes) else None if body is None else json.dumps(body).encode()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, content, {"Content-Type": "application/json", **(headers or {})})
        reply = connection.getresponse()
        data = reply.read()
    except OSError:
        return 0, None
    finally:
        connection.close()
    try:
        return reply.status, json.loads(data)
    except ValueError:
        return reply.status, data


@contextmanager
def rival(name: str, model_folder: Path, body: bytes, scratch: Path) -> Generator[tuple[int, str]]:
    """Port and path of another server with the same SavedModel; `body` is what it must be able to answer."""
    port = free_port()
    python = environment_of(name)
    path, environment = "/predict", {"RIVAL_MODEL": str(model_folder), "TF_CPP_MIN_LOG_LEVEL": "2"}
    cwd = RIVALS
    match name:
        case "bentoml":
            binary = str(Path(python).with_name("bentoml"))
            command = [binary, "serve", "bentoml_app:Served", "--host", "127.0.0.1", "--port", str(port)]
            environment |= {"BENTOML_HOME": str(scratch / "bentoml"), "BENTOML_DO_NOT_TRACK": "True"}
        case "mlserver":
            cwd = _mlserver_folder(scratch, model_folder, port)
            environment["PYTHONPATH"] = str(RIVALS)
            command = [str(Path(python).with_name("mlserver")), "start", "."]
            path = "/v2/models/rival/infer"
        case "empty":
            command, path = [python, "empty_app.py", str(port)], "/empty"
        case _:
            command = [python, f"{name}_app.py", str(model_folder), str(port)]

    def look() -> tuple[bool, object]:
        status = ask(port, "POST", path, body)[0]
        return status == 200, status

    with program(command, environment, look, scratch / f"{name}.log", cwd):
        yield port, path


def _mlserver_folder(scratch: Path, model_folder: Path, port: int) -> Path:
    """One process, and batches of up to 32 that wait for a millisecond at most."""
    folder = scratch / "mlserver"
    folder.mkdir(exist_ok=True)
    server = {
        "host": "127.0.0.1",
        "http_port": port,
        "grpc_port": free_port(),
        "metrics_port": free_port(),
        "parallel_workers": 0,
        "debug": False,
    }
    model = {
        "name": "rival",
        "implementation": "mlserver_app.Runtime",
        "parameters": {"uri": str(model_folder)},
        "max_batch_size": 32,
        "max_batch_time": 0.001,
    }
    (folder / "settings.json").write_text(json.dumps(server))
    (folder / "model-settings.json").write_text(json.dumps(model))
    return folder


def environment_of(name: str) -> str:
    """The Python of a rival's own environment, which is made once; of ours for what needs no other."""
    if name in {"keras", "empty"}:
        return sys.executable
    python = ENVIRONMENTS / name / "bin" / "python"
    ready = ENVIRONMENTS / f"{name}.ready"
    if not ready.exists():
        print(f"making an environment for {name} …", file=sys.stderr)
        uv = str(Path(sys.executable).with_name("uv"))
        subprocess.run(
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(python.parents[1])], check=True
        )
        subprocess.run([uv, "pip", "install", "--quiet", "--python", str(python), name, _TENSORFLOW], check=True)
        ready.touch()
    return str(python)


@contextmanager
def program(
    command: Sequence[str],
    environment: dict[str, str],
    look: Callable[[], tuple[bool, object]],
    log: Path,
    cwd: Path | None = None,
) -> Generator[subprocess.Popen[bytes]]:
    """A program from when it is ready until the block ends, with all its children."""
    with log.open("wb") as output:
        server = subprocess.Popen(
            command, env={**os.environ, **environment}, stdout=output, stderr=output, cwd=cwd, start_new_session=True
        )
    try:
        wait_for_start(server, look, log, pause=0.2)
        yield server
    finally:
        _end(server)


def _end(server: subprocess.Popen[bytes]) -> None:
    family = descendants(server.pid)
    server.terminate()
    try:
        server.wait(30)
    except subprocess.TimeoutExpired:
        server.kill()
        server.wait()
    for process in family:
        with suppress(psutil.Error):
            process.kill()


if __name__ == "__main__":
    main()
