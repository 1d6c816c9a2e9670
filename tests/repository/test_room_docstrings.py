"""A package's docstring names modules that exist."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import pytest
from tests.repository.test_structure import PACKAGES, ROOT

OTHER_WORDS = {
    "adapt",  # a method of Keras layers
    "d",
    "fill",
    "filled",
    "high",
    "id",
    "input",
    "low",
    "scaled",
    "x32",  # the formulas of contracts.input_rules
    "markupsafe",  # a library
    "none",  # a value of `records`
    "py",  # the ending of a module's name
}

DOCSTRINGS = [path for package in PACKAGES for path in sorted(package.rglob("__init__.py"))]
MODULES = {path.stem for package in PACKAGES for path in package.rglob("*.py")} | {
    path.parent.name for path in DOCSTRINGS
}


def names_in(docstring: str) -> set[str]:
    """Return the modules that the text names: words in backticks without a capital, and the first words of a table."""
    in_backticks = re.findall(r"`((?:[a-z_0-9]+\.)*[a-z_0-9]+)`", docstring)
    in_tables = re.findall(r"^ *([a-z_0-9]+(?:, [a-z_0-9]+)*) {2,}\S", docstring, re.MULTILINE)
    return {name.rpartition(".")[2] for name in in_backticks} | {name for row in in_tables for name in row.split(", ")}


def docstring_of(path: Path) -> str:
    return ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""


@pytest.mark.parametrize("path", DOCSTRINGS, ids=lambda path: str(path.parent.relative_to(ROOT)))
def test_every_module_that_a_package_names_exists(path: Path) -> None:
    assert names_in(docstring_of(path)) - MODULES - OTHER_WORDS == set()


def test_every_other_word_is_needed() -> None:
    written = set[str]().union(*(names_in(docstring_of(path)) for path in DOCSTRINGS))
    assert OTHER_WORDS - (written - MODULES) == set()


def test_a_module_that_does_not_exist_is_seen() -> None:
    assert names_in("Rooms.\n\n    specs, build   request fields\n\nSee `modeling.networks.dense`.") == {
        "specs",
        "build",
        "dense",
    }
