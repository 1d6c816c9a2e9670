"""The pages about a model as a person meets them: in a real browser, where there is one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from tests.chromium import PROGRAM, Page
from tests.modeling.reports.made_versions import made_version
from tests.processes import wait_until

from contracts.label_kinds import LABEL_KINDS
from contracts.messages.evaluation import ThresholdCurve
from modeling.reports.links import PageLinks
from modeling.reports.version_changes import Evaluated, changes_page
from modeling.reports.version_report import report_page

pytestmark = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")

WIDE = "document.documentElement.scrollWidth"
CELLS = (
    "[...document.querySelectorAll('table.confusion tbody tr')]"
    ".map(row => [...row.cells].map(cell => cell.textContent.trim()))"
)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A file for each page: they need nothing from outside, so a file is as good as a service."""
    root = tmp_path_factory.mktemp("pages")
    for kind in LABEL_KINDS:
        made = made_version(kind)
        page = report_page(made.manifest, made.detail, ["champion"], is_default=True)
        (root / f"{kind}.html").write_bytes(_with_policy(page))
    made = made_version()
    new = Evaluated(made.manifest.model_copy(update={"version": 2}), made.detail)
    (root / "changes.html").write_bytes(_with_policy(changes_page(new, made_version(noise=3), PageLinks())))
    return root


def _with_policy(response: Any) -> bytes:
    """A file has no headers: the policy that the service would send, as the element that means the same."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{response.headers["content-security-policy"]}">'
    return bytes(response.body).replace(b"<head>", b"<head>" + meta.encode(), 1)


def move(tab: Page, place: int) -> None:
    tab.evaluate(
        f"(() => {{ const i = document.querySelector('#threshold-input'); i.value = {place};"
        " i.dispatchEvent(new Event('input')); })()"
    )


def expected(curve: ThresholdCurve, place: int) -> list[list[str]]:
    negatives, positives = curve.rows
    alarms, hits = curve.false_positives[place], curve.true_positives[place]

    def row(name: str, counts: list[int], right: int, predicted: int) -> list[str]:
        total = sum(counts)
        ratios = (right, total), (right, predicted), (2 * right, total + predicted)
        return [name, *(f"{count:,}" for count in counts), *(f"{a / b:.1%}" if b else "-" for a, b in ratios)]

    return [
        row("0", [negatives - alarms, alarms], negatives - alarms, negatives - alarms + positives - hits),
        row("1", [positives - hits, hits], hits, hits + alarms),
    ]


def test_the_slider_shows_the_confusion_at_each_threshold(tab: Page, folder: Path) -> None:
    curve = made_version().detail.thresholds
    assert curve is not None
    tab.open(f"file://{folder}/binary.html")
    assert tab.evaluate(CELLS) == expected(curve, curve.thresholds.index(0.5))
    for place in (0, 17, curve.thresholds.index(0.8), len(curve.thresholds) - 1):
        move(tab, place)
        assert tab.evaluate(CELLS) == expected(curve, place)
    move(tab, curve.thresholds.index(0.8))
    assert tab.evaluate("document.querySelector('#threshold-shown').textContent") == "0.8"
    assert tab.evaluate("document.querySelector('#threshold output').textContent") == "0.8"
    shown = tab.evaluate("document.querySelector('[data-shows=precision]').textContent")
    assert shown == expected(curve, curve.thresholds.index(0.8))[1][4]


def test_the_slider_moves_by_keyboard(tab: Page, folder: Path) -> None:
    tab.open(f"file://{folder}/binary.html?keys")
    tab.evaluate("document.querySelector('#threshold-input').focus()")
    before = tab.evaluate(CELLS)
    tab.press("ArrowLeft", 37)
    assert tab.evaluate("Number(document.querySelector('#threshold output').textContent)") < 0.5
    tab.press("ArrowRight", 39)
    assert tab.evaluate(CELLS) == before


def test_without_a_script_the_confusion_is_that_at_one_half(tab: Page, folder: Path) -> None:
    curve = made_version().detail.thresholds
    assert curve is not None
    tab.call("Emulation.setScriptExecutionDisabled", value=True)
    try:
        tab.open(f"file://{folder}/binary.html?plain")
        assert tab.evaluate("document.querySelector('#threshold').getClientRects().length") == 0
        assert tab.evaluate(CELLS) == expected(curve, curve.thresholds.index(0.5))
    finally:
        tab.call("Emulation.setScriptExecutionDisabled", value=False)


@pytest.mark.parametrize("page", [*LABEL_KINDS, "changes"])
def test_the_policy_holds_and_nothing_else_is_asked_for(tab: Page, folder: Path, page: str) -> None:
    tab.events.clear()
    tab.open(f"file://{folder}/{page}.html")
    complaints = [event for event in tab.events if event["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}]
    assert complaints == []
    asked = [e["params"]["request"]["url"] for e in tab.events if e["method"] == "Network.requestWillBeSent"]
    assert [url for url in asked if not url.startswith("data:")] == [f"file://{folder}/{page}.html"]


@pytest.mark.parametrize("page", [*LABEL_KINDS, "changes"])
@pytest.mark.parametrize("width", [1400, 420])
def test_nothing_is_wider_than_the_window_and_wide_tables_say_that_they_scroll(
    tab: Page, folder: Path, page: str, width: int
) -> None:
    tab.open(f"file://{folder}/{page}.html?{width}", width=width)
    tab.evaluate("document.querySelectorAll('details').forEach(d => { d.open = true; })")
    assert tab.evaluate(WIDE) == width
    boxes = (
        "[...document.querySelectorAll('.scroll')].map(e => [e.scrollWidth > e.clientWidth + 1,"
        " e.previousElementSibling?.className === 'hint', e.tabIndex === 0])"
    )
    wait_until(lambda: all(is_wide == has_hint == is_reached for is_wide, has_hint, is_reached in tab.evaluate(boxes)))
    assert any(is_wide for is_wide, _, _ in tab.evaluate(boxes)) == (width == 420)


def test_whole_names_wrap(tab: Page, folder: Path) -> None:
    tab.open(f"file://{folder}/binary.html?names", width=420)
    cut = (
        "[...document.querySelectorAll('th')].filter(e => e.scrollWidth > e.clientWidth + 1"
        " || getComputedStyle(e).textOverflow === 'ellipsis').map(e => e.innerText)"
    )
    assert tab.evaluate(cut) == []


def test_print_is_black_on_white_even_where_the_system_is_dark(tab: Page, folder: Path) -> None:
    tab.open(f"file://{folder}/binary.html?print", scheme="dark")
    tab.call("Emulation.setEmulatedMedia", media="print", features=[{"name": "prefers-color-scheme", "value": "dark"}])
    try:
        assert tab.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"
        assert tab.evaluate("getComputedStyle(document.querySelector('.card')).backgroundColor") == "rgb(255, 255, 255)"
        assert tab.evaluate("getComputedStyle(document.body).color") == "rgb(0, 0, 0)"
    finally:
        tab.call("Emulation.setEmulatedMedia", media="", features=[])
