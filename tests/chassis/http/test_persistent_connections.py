from __future__ import annotations

import socket
from collections.abc import Generator
from urllib.parse import urlsplit

import pytest
from chassis_live import Service, make_app, running
from fastapi.responses import StreamingResponse

from chassis.http.persistent_connections import PersistentProtocol


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Generator[Service]:
    app = make_app(tmp_path_factory.mktemp("state"), engine=None)

    @app.get("/stream")
    def stream() -> StreamingResponse:
        return StreamingResponse(iter(["one\n", "two\n"]), media_type="text/plain")

    with running(app, http=PersistentProtocol) as service:
        yield service


def connect(service: Service) -> socket.socket:
    return socket.create_connection(("127.0.0.1", urlsplit(str(service.http.base_url)).port or 0), timeout=30)


def ask(connection: socket.socket, text: str) -> tuple[str, dict[str, str], bytes]:
    """Send a request; read the reply to its end: by its length, or that of the connection."""
    connection.sendall(text.replace("\n", "\r\n").encode())
    head, _, body = read_until(connection, b"\r\n\r\n").partition(b"\r\n\r\n")
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    length = int(headers.get("content-length", -1))
    while length != len(body):
        piece = connection.recv(65536)
        if not piece:
            break
        body += piece
    return status, headers, body


def read_until(connection: socket.socket, mark: bytes) -> bytes:
    data = b""
    while mark not in data:
        piece = connection.recv(65536)
        assert piece, data
        data += piece
    return data


def is_closed(connection: socket.socket) -> bool:
    return connection.recv(1) == b""


@pytest.mark.parametrize("word", ["keep-alive", "Keep-Alive"])
def test_a_client_of_http_1_0_keeps_its_connection_if_it_asks(service: Service, word: str):
    with connect(service) as connection:
        for _ in range(3):
            status, headers, body = ask(connection, f"GET /health/live HTTP/1.0\nConnection: {word}\n\n")
            assert (status, headers["connection"], body) == ("HTTP/1.1 200 OK", "keep-alive", b'{"status":"alive"}')
        status, headers, _ = ask(connection, "GET /health/live HTTP/1.0\n\n")
        assert (status, headers["connection"]) == ("HTTP/1.1 200 OK", "close")
        assert is_closed(connection)


def test_a_body_without_a_length_ends_with_the_connection(service: Service):
    with connect(service) as connection:
        status, headers, body = ask(connection, "GET /stream HTTP/1.0\nConnection: keep-alive\n\n")
        assert (status, headers["connection"], "transfer-encoding" in headers) == ("HTTP/1.1 200 OK", "close", False)
        assert body == b"one\ntwo\n"
        assert is_closed(connection)


def test_a_version_1_1_is_as_before(service: Service):
    with connect(service) as connection:
        _, headers, _ = ask(connection, "GET /health/live HTTP/1.1\nHost: x\n\n")
        assert "connection" not in headers
        assert ask(connection, "HEAD /stream HTTP/1.1\nHost: x\nConnection: close\n\n")[1]["connection"] == "close"


def test_a_post_and_a_head_of_http_1_0(service: Service):
    with connect(service) as connection:
        post = (
            "POST /v1/nested HTTP/1.0\nConnection: keep-alive\nContent-Type: application/json\n"
            'Content-Length: 15\n\n{"features":{}}'
        )
        assert ask(connection, post)[0] == "HTTP/1.1 200 OK"
        connection.sendall(b"HEAD /health/live HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
        assert b"connection: keep-alive" in read_until(connection, b"\r\n\r\n")
        assert ask(connection, post)[0] == "HTTP/1.1 200 OK"
