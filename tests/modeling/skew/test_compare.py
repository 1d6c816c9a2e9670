"""Skew of served rows from the training split, against oracles."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from scipy.spatial.distance import jensenshannon
from tests.modeling.made import SCHEMA, Row
from tests.modeling.made_records import numbers
from tests.modeling.skew.logged import by_name, log_rows
from tests.modeling.trained import Trained

from contracts.messages.skew import SkewRequest
from contracts.storage import Storage
from modeling.repository.versions import VersionManifest
from modeling.skew.compare import skew


def test_what_is_served_as_trained_has_not_drifted(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    rows = trained.made.of("train")
    log_rows(place, manifest, rows[:700])
    log_rows(place, manifest, rows[700:])
    limits = {"l_infinity": 0.0, "jensen_shannon": 0.0, "missing_share": 0.0}
    found = skew(place, manifest, SkewRequest.model_validate({"thresholds": limits}))
    assert (found.rows, found.files, found.dataset) == ([len(rows), len(rows)], 2, "made")
    assert list(by_name(found)) == list(SCHEMA.features)
    assert found.drifted == []
    for drift in found.features:
        assert drift.jensen_shannon in (0.0, None)
        assert drift.missing_share[0] == drift.missing_share[1]
    assert by_name(found)["all:missing"].l_infinity is None
    origin = by_name(found)["origin"]
    assert origin.new is not None
    assert [token.text for token in origin.new.top] == ["origin 6"]  # it was too rare for the vocabulary
    assert not origin.complete


def test_what_is_served_otherwise_is_found(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    rows = trained.made.of("train")
    changed: list[Row] = [
        {
            **row,
            "distance km": None if row["distance km"] is None else row["distance km"] + 450,
            "class": None if at % 2 else row["class"],
            "carrier/日本": b"brand new" if at % 5 == 0 else row["carrier/日本"],
        }
        for at, row in enumerate(rows)
    ]
    log_rows(place, manifest, changed)
    found = skew(place, manifest, SkewRequest.model_validate({"thresholds": {"features": {"origin": {}}}}))
    drifts = by_name(found)
    assert set(found.drifted) == {"distance km", "class", "carrier/日本"}
    assert drifts["class"].exceeded == ["missing_share"]
    assert drifts["class"].missing_share[0] == pytest.approx(0.6, abs=0.03)
    here, there = numbers(changed, "distance km"), numbers(rows, "distance km")
    cut = np.sort(np.concatenate([here[np.isfinite(here)], there[np.isfinite(there)]]))
    below = [
        np.searchsorted(np.sort(side[np.isfinite(side)]), cut, "right") / np.isfinite(side).sum()
        for side in (here, there)
    ]
    assert drifts["distance km"].kolmogorov_smirnov == pytest.approx(np.abs(below[0] - below[1]).max(), abs=1e-12)
    counts = [Counter(row["carrier/日本"] for row in side if row["carrier/日本"]) for side in (changed, rows)]
    tokens = sorted(counts[0] | counts[1])
    p, q = ([count[token] for token in tokens] for count in counts)
    carrier = drifts["carrier/日本"]
    assert carrier.jensen_shannon == pytest.approx(float(jensenshannon(p, q, base=2)) ** 2, abs=1e-12)
    assert carrier.l_infinity_at == "brand new"
    assert carrier.new is not None
    assert (carrier.new.count, carrier.new.top[0].text) == (1, "brand new")
    assert carrier.new.share == pytest.approx(counts[0][b"brand new"] / counts[0].total())


def test_a_redacted_feature_is_not_compared(trained: Trained, manifest: VersionManifest, place: Storage) -> None:
    log_rows(place, manifest, trained.made.of("train")[:50])
    log_rows(place, manifest, trained.made.of("train")[:50], redacted="origin")
    found = skew(place, manifest, SkewRequest())
    assert "origin" not in by_name(found)
    assert [(each.feature, each.reason) for each in found.not_compared] == [("origin", "it was redacted in the log")]
    assert len(by_name(found)) == len(SCHEMA.features) - 1
