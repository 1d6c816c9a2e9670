"""The access token that the client sends: of the environment, else of the file that `tandem login` writes."""

from __future__ import annotations

import os
import re
from pathlib import Path

from contracts.access.private_file import read_private, write_private
from contracts.errors import NotAllowed
from tandem.errors import InvalidInput

__all__ = [
    "TOKEN_VARIABLE",
    "access_token",
    "authorization",
    "checked_token",
    "forget_token",
    "save_token",
    "token_path",
]

TOKEN_VARIABLE = "TANDEM_TOKEN"  # noqa: S105 - the variable's name
_TOKEN = re.compile(r"[A-Za-z0-9._~+/-]+=*")
"""A bearer token, as RFC 6750, section 2.1, has it."""


def access_token() -> str | None:
    """Return the token to send; None if there is none. An empty variable counts as unset.

    Raises `InvalidInput` for a file that others may read, and for a text that is no token.
    """
    token = os.environ.get(TOKEN_VARIABLE)
    if token:
        return checked_token(token, TOKEN_VARIABLE)
    path = token_path()
    try:
        return checked_token(read_private(path), str(path))
    except FileNotFoundError:
        return None
    except NotAllowed as error:
        raise InvalidInput(error.message) from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInput(f"cannot read {path}: {getattr(error, 'strerror', None) or error}") from error


def authorization() -> dict[str, str]:
    """Return the header of requests with the token; none without one. Raises the errors of `access_token`."""
    token = access_token()
    return {} if token is None else {"Authorization": f"Bearer {token}"}


def checked_token(text: str, origin: str) -> str:
    """Return the token in a text, without white space around it. Raises `InvalidInput`, without the text: it is a secret."""
    token = text.strip()
    if not _TOKEN.fullmatch(token):
        raise InvalidInput(f"{origin} holds no access token: letters, digits and -._~+/ alone")
    return token


def save_token(token: str) -> Path:
    """Write the token to the file, with mode 600, and return the path. Raises `InvalidInput` where that fails."""
    path = token_path()
    try:
        write_private(path, token + "\n")
    except OSError as error:
        raise InvalidInput(f"cannot write {path}: {error.strerror or error}") from error
    return path


def forget_token() -> bool:
    """Remove the file with the token, and return whether there was one."""
    path = token_path()
    existed = path.exists()
    path.unlink(missing_ok=True)
    return existed


def token_path() -> Path:
    """Return the path of the file: `tandem/token` in the user's folder of settings (XDG Base Directory)."""
    folder = os.environ.get("XDG_CONFIG_HOME")
    return (Path(folder) if folder else Path.home() / ".config") / "tandem" / "token"
