"""Every example in a docstring of the product runs.

pytest's --doctest-modules would import all modules to look for examples, by its own names for them, and so register each
Keras layer twice.
"""

from __future__ import annotations

import doctest
from importlib import import_module
from pathlib import Path

import pytest
from tests.repository.test_structure import PACKAGES, modules_of

OPTIONS = doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS


def name_of(module: Path, package: Path) -> str:
    return ".".join(module.relative_to(package.parent).with_suffix("").parts)


EXAMPLES = [
    name_of(module, package)
    for package in PACKAGES
    for module in modules_of(package)
    if ">>> " in module.read_text(encoding="utf-8")
]


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_of(name: str) -> None:
    results = doctest.testmod(import_module(name), optionflags=OPTIONS)
    assert results.attempted > 0
    assert results.failed == 0
