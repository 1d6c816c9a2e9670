"""A PostgreSQL server of its own for tests: Debian's, in a new folder, on a free port."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.system.servers import free_port

_DEBIAN = "/usr/lib/postgresql"


@dataclass(frozen=True)
class PostgreSQLServer:
    """A server with an empty database."""

    programs: Path
    folder: Path
    port: int

    @property
    def url(self) -> str:
        return f"postgresql+psycopg://tandem:planted-password@127.0.0.1:{self.port}/postgres"

    def start(self) -> None:
        options = f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={self.folder} -c fsync=off"
        self._run("pg_ctl", "-w", "-s", "-D", f"{self.folder}/data", "-l", f"{self.folder}/log", "-o", options, "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-w", "-s", "-D", f"{self.folder}/data", "-m", "immediate", "stop")

    def _run(self, program: str, *words: str) -> None:
        user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
        command = [*user, str(self.programs / program), *words]
        subprocess.run(command, check=True, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, cwd=self.folder)

    def make(self) -> None:
        password = self.folder / "password"
        password.write_text("planted-password")
        if os.getuid() == 0:  # which PostgreSQL refuses to run as
            for path in (self.folder, password):
                shutil.chown(path, "postgres")
        self._run(
            "initdb", "-D", f"{self.folder}/data", "-U", "tandem", "-A", "scram-sha-256", f"--pwfile={password}", "-N"
        )


def programs() -> Path | None:
    """The folder of Debian's newest server, or of one on the path; None without any."""
    versions = sorted(Path(_DEBIAN).glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    known = str(versions[-1]) if versions else shutil.which("initdb")
    return None if known is None else Path(known).parent


@contextmanager
def postgresql_server(of: Path) -> Generator[PostgreSQLServer]:
    """A server until the block ends. `of`: the folder of its programs."""
    with tempfile.TemporaryDirectory(prefix="tandem-postgresql-") as folder:
        server = PostgreSQLServer(of, Path(folder), free_port())
        server.make()
        server.start()
        try:
            yield server
        finally:
            server.stop()
