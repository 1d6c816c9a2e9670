"""Scales that are proposed for numbers with heavy tails."""

from __future__ import annotations

import numpy as np
import pytest
from tests.preprocessing.proposals.tables import Propose, flags

ROWS = 2000
RANDOM = np.random.default_rng(0)
LABELS = RANDOM.integers(0, 2, ROWS)
NORMAL = RANDOM.normal(size=ROWS)


def spelled(values: np.ndarray) -> str:
    return "y,x\n" + "".join(f"{label},{value:.6f}\n" for label, value in zip(LABELS, values, strict=True))


@pytest.mark.parametrize(
    ("values", "options"),
    [
        (NORMAL, {}),
        (np.exp(2 * NORMAL + 5), {"scale": "log1p"}),
        (-np.exp(2 * NORMAL + 5), {"scale": "log1p"}),
        (np.append(NORMAL[1:], 200.0), {"clip": [0.001, 0.999]}),
        (np.exp(2 * NORMAL - 8), {"clip": [0.001, 0.999]}),
        (np.append(np.zeros(ROWS - 1), 7.5), {}),
        (np.where(RANDOM.random(ROWS) < 0.995, 0, RANDOM.integers(1, 9, ROWS)), {}),
    ],
    ids=["normal", "amounts", "debts", "an outlier", "small fractions", "one value apart", "rare counts"],
)
def test_the_scale_fits_the_tail(proposed: Propose, values: np.ndarray, options: dict[str, object]) -> None:
    proposal = proposed(spelled(values), label={"column": "y"})
    found = proposal.request["features"].get("x", {})
    assert {name: found[name] for name in ("scale", "clip") if name in found} == options
    assert ("heavy_tail" in flags(proposal, "x")) == bool(options)


def test_the_flag_tells_how_far_the_tail_goes(proposed: Propose) -> None:
    values = np.append(NORMAL[1:], 200.0)
    flag = flags(proposed(spelled(values), label={"column": "y"}), "x")["heavy_tail"]
    apart = (200 - values.mean()) / values.std()
    assert flag.evidence == {
        "min": pytest.approx(values.min(), abs=1e-5),
        "max": 200.0,
        "deviations": pytest.approx(apart, abs=0.1),
    }
    assert "clip [0.001, 0.999]" in flag.reason


def test_few_rows_tell_nothing_of_a_tail(proposed: Propose) -> None:
    text = "".join(spelled(np.append(NORMAL[1:], 200.0)).splitlines(keepends=True)[:900])
    assert "clip" not in proposed(text + "1,200\n", label={"column": "y"}).request["features"]["x"]
