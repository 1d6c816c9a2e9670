"""`tandem token`: the file of access tokens, on the machine of the services."""

from __future__ import annotations

import re
from collections.abc import Generator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from contracts.access.roles import Grant
from contracts.access.tokens import StoredToken
from contracts.access.tokens_file import TokensFile
from contracts.base_model import NAME_PATTERN
from contracts.errors import TandemError
from tandem.errors import InvalidInput
from tandem.options import AsJson, console, print_json

app = typer.Typer(
    help="Create, list and revoke access tokens of the services, in their file of tokens.", no_args_is_help=True
)

TokensPath = Annotated[
    Path,
    typer.Option(
        "--tokens", envvar="TANDEM_TOKENS", metavar="FILE", help="The services' file of tokens: TANDEM_TOKENS."
    ),
]
TokenName = Annotated[
    str, typer.Argument(metavar="NAME", help="Name of the token, as it appears in the services' logs.")
]

_UNITS = {"h": 3600, "d": 86400, "w": 604800}
_DURATION = re.compile(r"([1-9][0-9]{0,5})([hdw])")


@app.command()
def create(
    name: TokenName,
    grant: Annotated[
        list[str],
        typer.Option(
            "--grant",
            metavar="ROLE[:PATTERN]",
            help="read, predict, train or admin, of all names or those that match: train:team-a-*. May be given repeatedly.",
        ),
    ],
    tokens: TokensPath,
    expires: Annotated[str, typer.Option(metavar="DURATION", help="As 12h, 90d or 52w; or never.")] = "90d",
    as_json: AsJson = False,
) -> None:
    """Create a token and print it, this once: the file holds its hash alone."""
    if not re.fullmatch(NAME_PATTERN, name):
        raise InvalidInput(
            f"a name has letters, digits, _, . and -, and begins with a letter or digit. Received: {name!r}"
        )
    end = _end(expires)
    with _as_input():
        token = TokensFile(tokens).create(name, tuple(map(Grant.parse, grant)), end)
    if as_json:
        print_json({"name": name, "token": token, "expires": None if end is None else end.isoformat()})
        return
    typer.echo("It is not shown again; the services know it within a second:", err=True)
    typer.echo(token)


@app.command("list")
def names(tokens: TokensPath, as_json: AsJson = False) -> None:
    """List the tokens: name, grants and expiry of each; no secret is among them."""
    with _as_input():
        stored = TokensFile(tokens).read()
    if as_json:
        print_json([_shown(token) for token in stored])
        return
    table = Table("name", "grants", "created", "expires")
    now = datetime.now(UTC)
    for token in stored:
        end = "never" if token.expires is None else f"{token.expires:%Y-%m-%d %H:%M}"
        expired = ", has expired" if token.is_expired(now) else ""
        table.add_row(token.name, ", ".join(token.grants), f"{token.created:%Y-%m-%d %H:%M}", end + expired)
    console().print(table)


@app.command()
def revoke(name: TokenName, tokens: TokensPath, as_json: AsJson = False) -> None:
    """Revoke a token: within a second the services refuse it."""
    with _as_input():
        TokensFile(tokens).revoke(name)
    if as_json:
        print_json({"revoked": name})
        return
    typer.echo(f"revoked {name}")


def _shown(token: StoredToken) -> dict[str, object]:
    return token.model_dump(mode="json", exclude={"sha256"})


def _end(duration: str) -> datetime | None:
    if duration == "never":
        return None
    match = _DURATION.fullmatch(duration)
    if match is None:
        raise InvalidInput(
            f"--expires takes a number of hours, days or weeks, as 12h, 90d or 52w, or never. Received: {duration!r}"
        )
    try:
        end = datetime.now(UTC) + timedelta(seconds=int(match[1]) * _UNITS[match[2]])
    except OverflowError as error:
        raise InvalidInput(f"--expires is past the year 9999. Received: {duration!r}") from error
    return end.replace(microsecond=0)


@contextmanager
def _as_input() -> Generator[None]:
    """Turn what the file of tokens refuses into the client's error."""
    try:
        yield
    except TandemError as error:
        raise InvalidInput(error.message) from error
    except OSError as error:
        raise InvalidInput(f"{error.filename}: {error.strerror or error}") from error
