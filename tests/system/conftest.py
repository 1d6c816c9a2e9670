from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.system.servers import Server

from tandem.client import Tandem


@pytest.fixture(scope="session")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Server, Server]]:
    root = tmp_path_factory.mktemp("pair")
    servers = Server("preprocessing", root), Server("modeling", root)
    try:
        for server in servers:
            server.start()
        yield servers
    finally:
        for server in servers:
            server.stop()


@pytest.fixture(scope="session")
def tandem(pair: tuple[Server, Server]) -> Iterator[Tandem]:
    with Tandem(pair[0].url, pair[1].url) as client:
        yield client
