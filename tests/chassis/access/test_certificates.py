"""A service that speaks HTTPS, with a certificate that is replaced, and with clients that show theirs."""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import uvicorn
from fastapi import FastAPI
from tests.chassis.certificate_files import Authority
from tests.processes import wait_until

from chassis.access import certificates
from chassis.access.certificates import Certificates
from chassis.app import _renewed  # pyright: ignore[reportPrivateUsage]
from chassis.http.persistent_connections import PersistentProtocol
from chassis.settings import ServiceSettings


@contextmanager
def served(own: Certificates) -> Generator[str]:
    app = FastAPI()
    app.add_api_route("/hello", lambda: "hello")
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        config = uvicorn.Config(app, http=PersistentProtocol, log_config=None, lifespan="off", **own.options)
        with _renewed(own, config):
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
            thread.start()
            wait_until(lambda: server.started, 30)
            yield f"https://127.0.0.1:{listener.getsockname()[1]}"
            server.should_exit = True
            thread.join(30)


def subject(url: str) -> str:
    """The name in the certificate that a server shows."""
    address = url.removeprefix("https://").split(":")
    context = ssl._create_unverified_context()
    with socket.create_connection((address[0], int(address[1]))) as plain, context.wrap_socket(plain) as secure:
        shown = secure.getpeercert(binary_form=True)
    assert shown is not None
    from cryptography import x509  # noqa: PLC0415

    return x509.load_der_x509_certificate(shown).subject.rfc4514_string()


def test_a_certificate_is_replaced_while_it_serves(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(certificates, "_SECONDS_BETWEEN_LOOKS", 0.05)
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.sign(tmp_path, "first")
    trusting = ssl.create_default_context(cafile=str(authority.path))
    with served(Certificates(certificate, key)) as url, httpx.Client(verify=trusting, trust_env=False) as client:
        assert client.get(f"{url}/hello").json() == "hello"
        assert subject(url) == "CN=first"
        before = certificate.read_bytes()
        key.write_bytes(b"half written")
        time.sleep(0.3)
        assert subject(url) == "CN=first"
        assert certificate.read_bytes() == before
        authority.sign(tmp_path, "second")
        wait_until(lambda: subject(url) == "CN=second", 30)
        assert client.get(f"{url}/hello").json() == "hello"


def test_clients_without_a_certificate_are_refused_where_one_is_asked_for(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    certificate, key = authority.sign(tmp_path, "server")
    trusting = ssl.create_default_context(cafile=str(authority.path))
    with served(Certificates(certificate, key, authority.path)) as url:
        with httpx.Client(verify=trusting, trust_env=False) as nobody, pytest.raises(httpx.TransportError):
            nobody.get(f"{url}/hello")
        trusting.load_cert_chain(certificate, key)
        with httpx.Client(verify=trusting, trust_env=False) as known:
            assert known.get(f"{url}/hello").json() == "hello"


def test_files_that_do_not_fit_are_an_error(tmp_path: Path) -> None:
    authority = Authority(tmp_path, "authority")
    certificate, _ = authority.sign(tmp_path, "one")
    (tmp_path / "other").mkdir()
    _, other = authority.sign(tmp_path / "other", "two")
    with pytest.raises(OSError, match="KEY_VALUES_MISMATCH"):
        Certificates(certificate, other)
    with pytest.raises(OSError, match="No such file"):
        Certificates(tmp_path / "none.pem", other)


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"tls_certificate": "a"}, "TANDEM_TLS_KEY are needed together"),
        ({"tls_client_authorities": "a"}, "needs TANDEM_TLS_CERTIFICATE"),
    ],
)
def test_half_of_the_settings_is_refused(tmp_path: Path, values: dict[str, Any], words: str) -> None:
    given: dict[str, Any] = {"port": 0, "state": str(tmp_path), **values}
    with pytest.raises(ValueError, match=words):
        ServiceSettings(**given)
    plain: dict[str, Any] = {"port": 0, "state": str(tmp_path)}
    assert Certificates.of_settings(ServiceSettings(**plain)) is None
