"""Settings from the environment at a service's start: wrong ones end it with a line for each, not with a traceback."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TypeVar, cast

import structlog
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError

from chassis.access.audit_log import AuditLog
from chassis.access.certificates import Certificates
from chassis.settings import ServiceSettings
from contracts.access.tokens_file import TokensFile
from contracts.errors import TandemError
from contracts.validation.environment import PREFIX, VARIABLES, unknown_variables
from contracts.validation.invalid_fields import invalid_fields

__all__ = ["read_settings", "warn_of_unknown_variables"]

Settings = TypeVar("Settings", bound=ServiceSettings)

_STORES = {"abfs", "abfss", "file", "gcs", "gs", "hdfs", "s3", "viewfs"}
"""Kinds of file systems that pyarrow opens by URI; none is asked here, since it may be away for a while."""

_log = structlog.get_logger(module=__name__)


def read_settings(read: Callable[[], Settings]) -> Settings:
    """Return the settings that `read` returns. Exits with a line for each variable with a wrong value, or an unknown name.

    So does a state folder that cannot be written, a job table whose driver is not installed, and a storage of unknown kind.
    """
    try:
        settings = read()
        lines = list(_unusable(settings))
        if not lines:
            return settings
    except ValidationError as error:
        lines = [f"{_variable(detail['loc'], detail['input'])}: {_words(detail)}" for detail in error.errors()]
    except SettingsError as error:  # a value that must be JSON is not
        name = re.search(r'"(\w+)"', str(error))
        lines = [f"{_variable(name.groups() if name else (), None)}: is not JSON: {error.__cause__}"]
    sys.exit("\n".join(["wrong settings:", *(f"  {line}" for line in [*lines, *unknown_variables(os.environ)])]))


def warn_of_unknown_variables() -> None:
    """Log a warning for each environment variable that begins as settings do and that nothing reads."""
    for line in unknown_variables(os.environ):
        _log.warning(line)


def _unusable(settings: ServiceSettings) -> Iterator[str]:
    """Yield a line for each setting that is well formed, but cannot be used here."""
    try:
        Path(settings.state).mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=settings.state).close()
    except OSError as error:
        yield f"TANDEM_STATE: cannot be written: {error.strerror or error}. Received: {settings.state!r}"
    try:
        make_url(settings.jobs_database("jobs")).get_dialect().import_dbapi()
    except (ImportError, SQLAlchemyError) as error:
        yield f"TANDEM_JOBS_URL: its driver cannot be loaded; is it installed? {error}"
    try:
        if settings.tokens:
            TokensFile(Path(settings.tokens)).read()
    except (TandemError, OSError) as error:
        yield f"TANDEM_TOKENS: {error}"
    try:
        Certificates.of_settings(settings)
    except OSError as error:
        yield f"TANDEM_TLS_CERTIFICATE: cannot be used with its key: {error}. Received: {settings.tls_certificate!r}"
    try:
        if settings.audit_log:
            AuditLog(Path(settings.audit_log), 1 << 20).close()
    except OSError as error:
        yield f"TANDEM_AUDIT_LOG: cannot be written: {error.strerror or error}. Received: {settings.audit_log!r}"
    scheme, is_uri, _ = settings.storage.partition("://")
    if is_uri and scheme not in _STORES:
        yield f"TANDEM_STORAGE: must be a folder, or a URI of {', '.join(sorted(_STORES))}. Received: {settings.storage!r}"


def _words(detail: ErrorDetails) -> str:
    return invalid_fields([cast("ErrorDetails", {**detail, "loc": ()})], None, detail["input"])[0].detail


def _variable(path: Sequence[str | int], value: object) -> str:
    """Return the name of the variable that has the value; of a setting that several may set, pydantic names the first."""
    if not path:
        return "the settings"
    name = str(path[0]).upper()
    name = name if name == path[0] else f"{PREFIX}{name}"
    alike = [variable for variable in os.environ if variable.upper() in VARIABLES and os.environ[variable] == value]
    return alike[0] if name not in os.environ and len(alike) == 1 else name
