"""Docstrings, messages, templates, guides and OpenAPI documents use the field's words: what is banned stays out."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.repository.test_structure import PACKAGES

ROOT = Path(__file__).parents[2]

# What may still stand in a file: words that a text needs in another sense. Lower a number when you clean; never raise one.
BUDGETS: dict[str, int] = {}

OPENINGS = re.compile(r"(What|How|Whether|Where|Which|Whose|Whom|Who|The same)\b")
PHRASES = (
    "whoever",
    "otherwise than",
    "beside",
    "anew",
    "at hand",
    "See the (?:class|description)",
    "says",
    "said",
    "told(?! apart)",
    "comes? to",
    "came to",
    "lies?",
    "gives",
    "gave",
    "passed over",
    "to pass over",
    "whatever",
    "meanwhile",
    "so many",
    "by lot",
    "draws? lots",
    "in the making",
    "at rest",
    "lets? go",
    "fell apart",
    "goes on",
    "went on",
    "(?-i:that (?:is|are) none)",
    "answers by default",
    "missed what",
)
ANYWHERE = re.compile(rf"\b({'|'.join(PHRASES)})\b", re.IGNORECASE)
ONLY_IN_CODE = re.compile(r"\bwhat is\b", re.IGNORECASE)
"""A guide may have the heading "What is …"; a docstring or a message that says it avoids the noun."""

TEXTS = [
    ROOT / "README.md",
    *sorted((ROOT / "docs").rglob("*.md")),
    *(path for package in PACKAGES for path in sorted(package.rglob("templates/*.html"))),
    *sorted((ROOT / "tests" / "golden").glob("*.openapi.json")),
]


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
    phrases = [match.group() for pattern in (ANYWHERE, ONLY_IN_CODE) for match in pattern.finditer(text)]
    return [*([opening.group()] if opening else []), *phrases]


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
    assert len(banned) <= BUDGETS.get(package.name, 0), "\n".join(banned)


@pytest.mark.parametrize("path", TEXTS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_text_holds_no_more_banned_phrases_than_its_budget(path: Path) -> None:
    lines = path.read_text(encoding="utf-8").splitlines()
    banned = [f"{path.name}:{n}: {m.group()}" for n, line in enumerate(lines, 1) for m in ANYWHERE.finditer(line)]
    assert len(banned) <= BUDGETS.get(path.relative_to(ROOT).as_posix(), 0), "\n".join(banned)


@pytest.mark.parametrize(
    ("text", "documents", "phrases"),
    [
        ("What answers.", True, ["What"]),
        ("What answers.", False, []),
        ("The same, for rows beside it.", True, ["The same", "beside"]),
        ("Return the rows; besides, no more than one may be given.", True, []),
        ("could not be read anew by whoever asked", False, ["anew", "whoever"]),
        ("Return rows that are told apart by what is in them.", True, ["what is"]),
        ("the manifest says so, and gives classes that are none", False, ["says", "gives", "that are none"]),
    ],
)
def test_a_phrase_is_seen(text: str, documents: bool, phrases: list[str]) -> None:
    assert banned_in(text, documents=documents) == phrases
