"""`tandem login` and `tandem logout`: the access token of this user, in a file that no other user can read."""

from __future__ import annotations

from typing import Annotated

import typer

from tandem.transport.access_token import checked_token, forget_token, save_token, token_path


def login(
    token: Annotated[
        str,
        typer.Option(
            prompt="Token", hide_input=True, help="The token. Asked for if left out, which keeps it out of the history."
        ),
    ],
) -> None:
    """Keep an access token in a file with mode 600, for every command and the Python client."""
    path = save_token(checked_token(token, "the input"))
    typer.echo(f"kept in {path}; TANDEM_TOKEN has precedence, tandem logout removes it")


def logout() -> None:
    """Remove the token that `tandem login` kept. The services still accept it: tandem token revoke ends that."""
    typer.echo(f"removed {token_path()}" if forget_token() else "there was no token")
