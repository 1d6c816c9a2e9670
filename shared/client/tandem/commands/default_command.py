"""A group of commands with a default: `tandem dataset request.json` is `tandem dataset create request.json`."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import Any

from typer.core import TyperGroup

from tandem.options import is_inline


class CreateUnlessNamed(TyperGroup):
    """A group that runs its `create` where no other of its commands is named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Put `create` before arguments that begin with no subcommand. Fails for one that is misspelled."""
        first = args[0] if args else "-"
        named = first in self.commands or first in {"-h", "--help"}
        if not named and not first.startswith("-") and not is_inline(first) and not Path(first).exists():
            meant = get_close_matches(first, self.commands, 1)
            if meant:
                ctx.fail(f"No such command or file {first!r}. Did you mean {meant[0]!r}?")
        return super().parse_args(ctx, args if named else ["create", *args])
