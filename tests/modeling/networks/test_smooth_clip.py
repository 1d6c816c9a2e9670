"""Numbers are bounded without an edge, by their median and quartiles; indicators stay."""

from __future__ import annotations

import numpy as np

from contracts.input_rules import NumberSpread
from modeling.networks.smooth_clip import LIMIT, SmoothClip

SPREADS = [NumberSpread((0.0, 9.0), 2.0, 4.0), NumberSpread((0.0, 1e-30), 0.0, 1e-30), NumberSpread()]


def test_numbers_are_the_papers_formula_and_what_has_no_spread_stays() -> None:
    numbers = np.array([[2.0, 0.0, 0.5, 1.0], [6.0, 1e-30, -0.5, 0.0], [-100.0, 0, 3.0, 1.0]], np.float32)
    clipped = SmoothClip(SPREADS)(numbers).numpy()
    z = np.array([0.0, 1.0, -25.5])
    np.testing.assert_allclose(clipped[:, 0], z / np.sqrt(1 + (z / LIMIT) ** 2), rtol=1e-6)
    np.testing.assert_allclose(clipped[:, 1], [0, 1 / np.sqrt(1 + 1 / 9), 0], rtol=1e-5)
    assert np.array_equal(clipped[:, 3], numbers[:, 3])


def test_any_number_is_finite_and_in_order() -> None:
    numbers = np.array([-3e38, -1e30, -5, -1, 0, 2, 3, 1e30, 3e38], np.float32)
    clipped = SmoothClip(SPREADS[:1])(numbers[:, None]).numpy()[:, 0]
    assert np.all(np.abs(clipped) <= LIMIT)
    assert np.all(np.diff(clipped) >= 0)
