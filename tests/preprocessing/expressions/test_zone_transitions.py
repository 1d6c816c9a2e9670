from __future__ import annotations

from datetime import UTC, datetime, timedelta
from importlib.resources import files
from itertools import pairwise

import pytest
import tzdata

from preprocessing.expressions.zone_transitions import load_zone, zone_rules

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("name", ["America/New_York", "Africa/El_Aaiun", "Pacific/Apia", "Europe/Amsterdam"])
def test_each_transition_is_one_of_the_zone(name: str) -> None:
    rules, zone = zone_rules(name), load_zone(name)
    assert rules.tz_version == tzdata.IANA_VERSION
    for i, time in enumerate(rules.transitions):
        before, after = (
            (EPOCH + timedelta(seconds=moment)).astimezone(zone).utcoffset() for moment in (time - 1, time)
        )
        assert (before, after) == (timedelta(seconds=rules.offsets[i]), timedelta(seconds=rules.offsets[i + 1]))


def test_a_zone_of_summer_times_has_some_kilobytes() -> None:
    rules = zone_rules("America/New_York")
    assert len(rules.transitions) == 358
    assert len(rules.model_dump_json()) < 8000
    assert zone_rules("UTC").transitions == []


@pytest.mark.long
def test_no_zone_changes_twice_within_half_a_day() -> None:
    names = load_names()[::12]
    assert len(names) > 40
    for name in names:
        times = zone_rules(name).transitions
        zone = load_zone(name)
        offsets = [
            (EPOCH + timedelta(hours=hour)).astimezone(zone).utcoffset() for hour in range(-613_608, 1_139_568, 1)
        ]
        changes = sum(a != b for a, b in pairwise(offsets))
        assert changes == len(times), name


def load_names() -> list[str]:
    return files(tzdata).joinpath("zones").read_text(encoding="utf-8").split()
