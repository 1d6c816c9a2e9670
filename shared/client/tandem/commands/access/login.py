"""`tandem login` and `tandem logout`: the access token of this user, in a file that no other user can read."""

from __future__ import annotations

from typing import Annotated

import typer

from tandem.options import AsJson, print_json
from tandem.transport.access_token import checked_token, forget_token, save_token, token_path


def login(
    token: Annotated[
        str,
        typer.Option(
            prompt="Token", hide_input=True, help="The token. Asked for if left out, which keeps it out of the history."
        ),
    ],
    as_json: AsJson = False,
) -> None:
    """Keep an access token in a file with mode 600, for every command and the Python client."""
    path = save_token(checked_token(token, "the input"))
    if as_json:
        print_json({"path": str(path)})
        return
    typer.echo(f"kept in {path}; TANDEM_TOKEN has precedence, tandem logout removes it")


def logout(as_json: AsJson = False) -> None:
    """Remove the token that `tandem login` kept. The services still accept it: tandem token revoke ends that."""
    removed = forget_token()
    if as_json:
        print_json({"removed": removed})
        return
    typer.echo(f"removed {token_path()}" if removed else "there was no token")
