"""The documentation's sources: its pages, and the blocks of code in them.

A block of `sh` or `python` is run by the tests, as a reader would, unless the line before it says why not:
`<!-- skip: needs a Kubernetes cluster -->`. Blocks of other languages are for reading.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
DOCS = ROOT / "docs"
README = ROOT / "README.md"
RUN = ("sh", "python")

_BLOCK = re.compile(
    r"^(?:<!-- skip: (?P<reason>[^\n]+) -->\n)?(?P<indent> *)```(?P<language>\w*)[^\n]*\n(?P<code>.*?)^(?P=indent)```",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Block:
    """A fenced block of code; `line`: that of the fence, from 1."""

    page: Path
    line: int
    language: str
    code: str
    skip_reason: str | None

    @property
    def place(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.line}"


def sources() -> list[Path]:
    """Every page that a person writes: the site's, and the README."""
    return [README, *sorted(path for path in DOCS.rglob("*.md") if "_lists" not in path.parts)]


def blocks(page: Path) -> list[Block]:
    text = page.read_text(encoding="utf-8")
    return [
        Block(page, text.count("\n", 0, found.start("language")) + 1, found["language"], found["code"], found["reason"])
        for found in _BLOCK.finditer(text)
    ]


def runnable(page: Path) -> list[Block]:
    return [block for block in blocks(page) if block.language in RUN and block.skip_reason is None]
