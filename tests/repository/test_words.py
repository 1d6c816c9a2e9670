"""Docstrings and messages use the field's words: what is banned is counted for each package, and may only shrink."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.repository.test_structure import PACKAGES

# What may still stand in a package. Lower a number when you clean; never raise one.
BUDGETS = {"contracts": 0, "sources": 0, "chassis": 0, "tandem": 0, "preprocessing": 0, "modeling": 0}

OPENINGS = re.compile(r"(What|How|Whether|Where|Which|Whose|Whom|Who|The same)\b")
ANYWHERE = re.compile(r"\b(whoever|otherwise than|beside|anew|at hand|See the (class|description))\b", re.IGNORECASE)


def strings(tree: ast.Module) -> Iterator[tuple[ast.Constant, bool]]:
    """Yield each string literal of a module, and whether it documents something."""
    bodies = [body for node in ast.walk(tree) if isinstance(body := getattr(node, "body", None), list)]
    documenting = {id(line.value) for body in bodies for line in body if isinstance(line, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node, id(node) in documenting


def banned_in(text: str, *, documents: bool) -> list[str]:
    """Return what is banned in a docstring, or in a message, which may begin as it likes."""
    opening = OPENINGS.match(text.strip()) if documents else None
    return [*([opening.group()] if opening else []), *(match.group() for match in ANYWHERE.finditer(text))]


def banned_of(package: Path) -> list[str]:
    return [
        f"{path.relative_to(package.parent)}:{node.lineno}: {phrase}"
        for path in sorted(package.rglob("*.py"))
        for node, documents in strings(ast.parse(path.read_text(encoding="utf-8")))
        for phrase in banned_in(str(node.value), documents=documents)
    ]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_a_package_holds_no_more_banned_phrases_than_its_budget(package: Path) -> None:
    banned = banned_of(package)
    assert len(banned) <= BUDGETS[package.name], "\n".join(banned)


@pytest.mark.parametrize(
    ("text", "documents", "phrases"),
    [
        ("What answers.", True, ["What"]),
        ("What answers.", False, []),
        ("The same, for rows beside it.", True, ["The same", "beside"]),
        ("Return the rows; besides, whatever.", True, []),
        ("could not be read anew by whoever asked", False, ["anew", "whoever"]),
    ],
)
def test_a_phrase_is_seen(text: str, documents: bool, phrases: list[str]) -> None:
    assert banned_in(text, documents=documents) == phrases
