"""The report as a person meets it: in a real browser, where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.chromium import PROGRAM, Page
from tests.preprocessing.made_datasets import nasty_dataset, published, serving
from tests.processes import wait_until

from contracts.storage import Storage

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")

NAMES = (
    "[...document.querySelectorAll('#feature-table > tbody')].filter(body => !body.hidden)"
    ".map(body => body.querySelector('bdi').textContent)"
)
WIDE = "document.documentElement.scrollWidth"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("report")
    storage = Storage(str(root / "storage"))
    published(storage)
    nasty_dataset(storage)
    with serving(storage, root) as address:
        yield f"{address}/v1/datasets"


def test_the_search_box_leaves_what_it_finds(tab: Page, url: str) -> None:
    tab.open(f"{url}/made/report")
    tab.click("input[type=search]")
    tab.type("col")
    assert tab.evaluate(NAMES) == ["colour"]
    assert tab.evaluate("document.querySelector('output').textContent") == "1 of 4"
    tab.type("x")
    assert tab.evaluate(NAMES) == []
    tab.evaluate("document.querySelector('input[type=search]').select()")
    tab.type("NUMERIC leak")
    assert tab.evaluate(NAMES) == ["amount"]


def test_the_check_box_leaves_what_was_warned_of(tab: Page, url: str) -> None:
    tab.open(f"{url}/made/report?")
    tab.click("input[type=checkbox]")
    assert tab.evaluate(NAMES) == ["amount"]
    tab.click("input[type=checkbox]")
    assert len(tab.evaluate(NAMES)) == 4


def test_a_click_on_a_header_sorts_and_a_second_one_turns_it(tab: Page, url: str) -> None:
    tab.open(f"{url}/made/report")
    order = "document.querySelector('#feature-table th:nth-child({})').getAttribute('aria-sort')"
    tab.click("#feature-table th:nth-child(1) button")
    assert tab.evaluate(NAMES) == ["amount", "colour", "shop", "weight"]
    assert tab.evaluate(order.format(1)) == "ascending"
    tab.click("#feature-table th:nth-child(1) button")
    assert tab.evaluate(NAMES) == ["weight", "shop", "colour", "amount"]
    assert tab.evaluate(order.format(1)) == "descending"
    tab.click("#feature-table th:nth-child(3) button")
    assert tab.evaluate(NAMES) == ["amount", "shop", "weight", "colour"]
    assert tab.evaluate(order.format(3)) == "descending"
    assert tab.evaluate(order.format(1)) is None


def test_headers_and_rows_work_by_keyboard(tab: Page, url: str) -> None:
    tab.open(f"{url}/made/report")
    tab.evaluate("document.querySelector('#feature-table th button').focus()")
    tab.press("Enter", 13, "\r")
    assert tab.evaluate(NAMES) == ["amount", "colour", "shop", "weight"]
    for _ in range(4):
        tab.press("Tab", 9)
    assert tab.evaluate("document.activeElement.className") == "toggle"
    tab.press(" ", 32, " ")
    assert tab.evaluate("document.activeElement.getAttribute('aria-expanded')") == "true"
    assert tab.evaluate("document.getElementById('f0-details').getClientRects().length") == 1


def test_a_warning_leads_to_its_feature_even_where_a_search_hid_it(tab: Page, url: str) -> None:
    tab.open(f"{url}/made/report")
    tab.click("input[type=search]")
    tab.type("shop")
    assert tab.evaluate("document.getElementById('f0-details').getClientRects().length") == 0
    tab.click(".group a[href='#f0']")
    wait_until(lambda: tab.evaluate("document.getElementById('f0-details').getClientRects().length") == 1)
    assert len(tab.evaluate(NAMES)) == 4


@pytest.mark.parametrize(
    "page", ["made/report", "nasty/report", "nasty/report?compare=nasty", "nasty/report?compare=made"]
)
@pytest.mark.parametrize("width", [1280, 768, 390, 320])
def test_nothing_is_wider_than_the_window(tab: Page, url: str, page: str, width: int) -> None:
    tab.open(f"{url}/{page}", width=width)
    assert tab.evaluate(WIDE) == width
    tab.evaluate("document.querySelectorAll('button.toggle').forEach(b => b.click())")
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert tab.evaluate(WIDE) == width
    wider = (
        "[...document.querySelectorAll('.scroll')].filter(e => e.scrollWidth > e.clientWidth + 1)"
        ".filter(e => !e.querySelector('.rows, .matrix, .pairs')).map(e => e.innerText)"
    )
    assert width < 390 or tab.evaluate(wider) == []
    hinted = (
        "[...document.querySelectorAll('.scroll')].filter(e => e.getClientRects().length)"
        ".every(e => (e.scrollWidth > e.clientWidth + 1) === (e.previousElementSibling?.className === 'hint'))"
    )
    wait_until(lambda: tab.evaluate(hinted))


def test_it_is_dark_where_the_system_is(tab: Page, url: str) -> None:
    brightness: dict[str, float] = {}
    for scheme in ("light", "dark"):
        tab.open(f"{url}/made/report", scheme=scheme)
        colour = tab.evaluate("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)")
        brightness[scheme] = sum(colour) / 3
    assert brightness["light"] > 200
    assert brightness["dark"] < 60


def test_the_policy_holds_and_nothing_else_is_asked_for(tab: Page, url: str) -> None:
    tab.events.clear()
    tab.open(f"{url}/nasty/report")
    said: list[dict[str, Any]] = [
        event for event in tab.events if event["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}
    ]
    assert said == []
    asked = [
        event["params"]["request"]["url"] for event in tab.events if event["method"] == "Network.requestWillBeSent"
    ]
    assert [each for each in asked if not each.startswith("data:")] == [f"{url}/nasty/report"]
    assert not any(event["method"] == "Page.javascriptDialogOpening" for event in tab.events)
    added = "const s = document.createElement('script'); s.text = 'window.ran = 1'; document.body.append(s); window.ran ?? 0"
    assert tab.evaluate(added) == 0


def test_without_a_script_everything_is_there(tab: Page, url: str) -> None:
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.open(f"{url}/made/report")
        assert tab.evaluate("document.querySelector('.tools').getClientRects().length") == 0
        assert tab.evaluate("document.querySelectorAll('button').length") == 0
        assert tab.evaluate("document.querySelector('#f0-details summary').getClientRects().length") == 1
    finally:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)


def test_a_page_without_search_is_drawn(tab: Page, url: str, tmp_path: Path) -> None:
    tab.open(f"{url}/made/report")
    tab.screenshot(tmp_path / "page.png")
    assert (tmp_path / "page.png").read_bytes()[:8] == b"\x89PNG\r\n\x1a\n"
