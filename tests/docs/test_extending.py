"""The how-tos for developers name files and folders that are there."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from tests.docs.pages import DOCS, ROOT

PAGES = sorted((DOCS / "extending").glob("*.md"))
_PATH = re.compile(r"`((?:services|shared|tests|tools|docs)/[\w./-]+)`")


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_the_files_that_a_how_to_names_are_there(page: Path) -> None:
    named = _PATH.findall(page.read_text(encoding="utf-8"))
    assert [path for path in named if not (ROOT / path).exists()] == []


@pytest.mark.parametrize("page", [page for page in PAGES if page.stem != "index"], ids=lambda page: page.stem)
def test_the_table_of_counts_has_the_how_to(page: Path) -> None:
    (count,) = re.findall(r"^Counted files: (\d+)", page.read_text(encoding="utf-8"), re.MULTILINE)
    row = rf"^\| \[[^\]]+\]\({page.name}\) \| {count}(,[^|]*)? \|"
    assert re.search(row, (DOCS / "extending" / "index.md").read_text(encoding="utf-8"), re.MULTILINE)
