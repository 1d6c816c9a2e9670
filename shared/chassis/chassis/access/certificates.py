"""TLS by the operator's own certificate, which is read again when its file changes, without a restart."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import structlog

from chassis.lasting_thread import LastingThread
from chassis.settings import ServiceSettings

__all__ = ["Certificates"]

_SECONDS_BETWEEN_LOOKS = 5.0

_log = structlog.get_logger(module=__name__)


class Certificates:
    """A certificate with its key, and the authorities that clients' certificates must come from, if these need one."""

    def __init__(self, certificate: Path, key: Path, client_authorities: Path | None = None) -> None:
        """Read the files. Raises `OSError`, also for a key that is not the certificate's (`ssl.SSLError`)."""
        self._files = certificate, key
        self._client_authorities = client_authorities
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)
        if client_authorities is not None:
            context.load_verify_locations(client_authorities)
        self._seen = self._stamps()

    @classmethod
    def of_settings(cls, settings: ServiceSettings) -> Self | None:
        """Return the certificates that the settings name; None where the service speaks plain HTTP. Raises `OSError`."""
        if not (settings.tls_certificate and settings.tls_key):
            return None
        authorities = settings.tls_client_authorities
        return cls(
            Path(settings.tls_certificate), Path(settings.tls_key), None if authorities is None else Path(authorities)
        )

    @property
    def options(self) -> dict[str, Any]:
        """Return uvicorn's options for them."""
        certificate, key = map(str, self._files)
        options: dict[str, Any] = {"ssl_certfile": certificate, "ssl_keyfile": key}
        if self._client_authorities is not None:
            options |= {"ssl_ca_certs": str(self._client_authorities), "ssl_cert_reqs": ssl.CERT_REQUIRED}
        return options

    def renew(self, context: ssl.SSLContext) -> bool:
        """Load a certificate that has changed into a server's context, for connections from now on; return whether one has.

        Files that do not fit together, as while they are replaced, are tried again at the next call; until then the certificate
        before them serves.
        """
        present = self._stamps()
        if present == self._seen:
            return False
        try:
            ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).load_cert_chain(*self._files)
        except OSError as error:
            _log.warning("the new certificate cannot be used; the one before it serves on", reason=str(error))
            return False
        context.load_cert_chain(*self._files)
        self._seen = present
        _log.info("certificate renewed", path=str(self._files[0]))
        return True

    @contextmanager
    def watched(self, context: ssl.SSLContext) -> Generator[None]:
        """Renew a server's certificate while the block runs."""
        stopping = threading.Event()

        def look() -> None:
            self.renew(context)
            stopping.wait(_SECONDS_BETWEEN_LOOKS)

        watcher = LastingThread("certificates", look, stopping)
        watcher.start()
        try:
            yield
        finally:
            stopping.set()
            watcher.join()

    def _stamps(self) -> tuple[tuple[int, int, int] | None, ...]:
        return tuple(map(_stamp, self._files))


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size
