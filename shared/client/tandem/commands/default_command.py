"""A group of commands with a default: `tandem dataset request.json` is `tandem dataset create request.json`."""

from __future__ import annotations

from typing import Any

from typer.core import TyperGroup


class CreateUnlessNamed(TyperGroup):
    """A group that runs its `create` where no other of its commands is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `create` before arguments that begin with no subcommand."""
        named = bool(args) and (args[0] in self.commands or args[0] in {"-h", "--help"})
        return super().parse_args(ctx, args if named else ["create", *args])
