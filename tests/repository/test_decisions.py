"""Decisions carry their status and date, and the index shows them."""

from __future__ import annotations

import re
from datetime import date
from pathlib import Path

import pytest
from tests.repository.test_tracked_files import ROOT

FOLDER = ROOT / "shared" / "decisions"
PAGES = sorted(FOLDER.glob("[0-9]*.md"))
LINK = r"\[\d{4}\]\(\d{4}-[a-z0-9-]+\.md\)"
STATUS = re.compile(
    rf"- Status: (proposed|accepted|accepted, amended by {LINK}(?:(?:, | and ){LINK})*|superseded by {LINK})"
)


def without_addresses(status: str) -> str:
    return re.sub(r"\[(\d{4})\]\([^)]*\)", r"\1", status)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_page_opens_with_its_number_status_and_date(page: Path) -> None:
    title, blank, status, day, *_ = page.read_text(encoding="utf-8").splitlines()
    assert title.startswith(f"# {page.name[:4]} ")
    assert blank == ""
    assert STATUS.fullmatch(status)
    assert day.startswith("- Date: ")
    assert date.fromisoformat(day.removeprefix("- Date: "))


@pytest.mark.parametrize("page", [*PAGES, FOLDER / "README.md"], ids=lambda page: page.name)
def test_lines_and_links_of_a_page(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert [line for line in text.splitlines() if len(line) > 120] == []
    links = re.findall(r"\]\(([^)#]+)\)", text)
    assert [link for link in links if not (page.parent / link).exists()] == []


def test_the_index_shows_every_page_with_its_status_and_date() -> None:
    entries: list[str] = []
    for page in PAGES:
        title, _, status, day, *_ = page.read_text(encoding="utf-8").splitlines()
        number, words = title.removeprefix("# ").split(" ", 1)
        state = without_addresses(status.removeprefix("- Status: "))
        entries += [f"- [{number}]({page.name}) {words}", f"  ({state}, {day.removeprefix('- Date: ')})"]
    index = (FOLDER / "README.md").read_text(encoding="utf-8").splitlines()
    assert index[-len(entries) :] == entries


def test_no_number_is_given_twice() -> None:
    numbers = [page.name[:4] for page in PAGES]
    assert len(numbers) == len(set(numbers)) > 30
