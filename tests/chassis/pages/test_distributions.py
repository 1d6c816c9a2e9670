"""Small drawings of how values spread: heights, places and outlines, and nothing that is not finite."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chassis.pages.distributions import Spread, bars, is_wide, overlay


def paths(markup: str) -> list[tuple[str, str]]:
    """Each path's classes and commands; the drawing must be well-formed XML."""
    return [(path.attrib["class"], path.attrib["d"]) for path in ET.fromstring(markup).iter("path")]


def test_bars_are_as_high_as_their_counts_and_nothing_is_drawn_for_none() -> None:
    ((kind, drawn),) = paths(bars("t", [10, 0, 5, 20]))
    assert kind == "filled tone-1"
    assert drawn == "M0 100V50H79V100ZM160 100V75H239V100ZM240 100V0H319V100Z"


def test_the_least_of_widely_different_counts_is_still_seen() -> None:
    assert not is_wide([1, 49])
    assert is_wide([0, 1, 50])
    assert not is_wide([0, 0])
    assert not is_wide([])
    ((_, drawn),) = paths(bars("t", [1, 1_000_000]))
    low, high = (int(top) for top in re.findall(r"V(\d+)H", drawn))
    assert (100 - low, 100 - high) == (5, 100)


@pytest.mark.parametrize("counts", [[], [0, 0]])
def test_without_counts_there_is_a_title_alone(counts: list[int]) -> None:
    drawing = bars("a < b", counts)
    assert paths(drawing) == []
    assert "<title>a &lt; b</title>" in drawing


def test_bars_of_many_counts_have_no_gaps() -> None:
    ((_, drawn),) = paths(bars("t", [1] * 160))
    assert drawn.startswith("M0 100V0H2V100ZM2 100V0H4V100Z")


def test_spreads_share_one_axis_and_their_totals_do_not_matter() -> None:
    wide, narrow = Spread([0, 5, 10], [30, 10], tone=2), Spread([0, 5, 10], [3, 1], tone=3)
    (first, again), (other, outline) = paths(overlay("t", [wide, narrow]))
    assert (first, other) == ("filled tone-2", "outline tone-3")
    assert again == outline == "M0 100V0H160V67H320V100Z"


def test_a_single_value_is_seen_among_others_and_alone() -> None:
    spread, single = Spread([0, 10], [5]), Spread([5, 5], [9])
    (_, (_, drawn)) = paths(overlay("t", [spread, single]))
    assert drawn.startswith("M158 ")
    assert drawn.endswith("H162V100Z")
    ((_, alone),) = paths(overlay("t", [single]))
    assert alone == "M0 100V0H320V100Z"
    assert paths(overlay("t", [])) == []


def test_the_smallest_distance_of_all_is_a_distance() -> None:
    (_, (_, drawn)) = paths(overlay("t", [Spread([0.0, 5e-324], [1]), Spread([0.0, 0.0], [1])]))
    assert drawn == "M0 100V0H2V100Z"


EDGES = st.lists(st.floats(-1.7e308, 1.7e308), min_size=2, max_size=6).map(sorted)
SPREADS = EDGES.flatmap(
    lambda edges: st.builds(
        Spread, st.just(edges), st.lists(st.integers(0, 10**9), min_size=len(edges) - 1, max_size=len(edges) - 1)
    )
)


@settings(max_examples=100)
@given(st.lists(SPREADS, max_size=3))
def test_any_spreads_are_drawn_inside_the_box(spreads: list[Spread]) -> None:
    drawing = str(overlay("t", spreads))
    found = paths(drawing)
    assert len(found) == len(spreads)
    for _, drawn in found:
        numbers = [float(text) for text in re.findall(r"[MHV ](-?[\d.]+)", drawn)]
        assert numbers, drawn
        assert all(0 <= value <= 320 for value in numbers), drawn
        assert not re.search("nan|inf", drawn)
