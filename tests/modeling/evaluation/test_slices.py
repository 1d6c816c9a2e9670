from __future__ import annotations

import numpy as np
import pytest
from sklearn import metrics as oracle

from modeling.evaluation.slices import MOST_VALUES, Tokens, slice_by


def test_every_row_is_in_one_group_and_the_metrics_are_those_of_its_rows() -> None:
    generator = np.random.default_rng(0)
    ids = generator.choice(16, 4000, p=np.arange(16, 0, -1) / 136)
    scores = generator.random(4000)
    labels = (generator.random(4000) < scores).astype(np.float32)
    tokens = Tokens("f", 2, [b"t%d" % at for at in range(14)])
    found = slice_by(tokens, ids, "binary", labels, scores)
    assert sum(group.metrics.rows for group in found.groups) == 4000
    kinds = [group.of for group in found.groups]
    assert kinds == ["value"] * MOST_VALUES + ["missing", "out_of_vocabulary", "other"]
    counts = [group.metrics.rows for group in found.groups[:MOST_VALUES]]
    assert counts == sorted(counts, reverse=True)
    rows = ids == 2
    first = next(group for group in found.groups if group.value == "t0")
    assert first.metrics.kind == "binary"
    assert first.metrics.auc == pytest.approx(oracle.roc_auc_score(labels[rows], scores[rows]))
    assert first.mean_label == pytest.approx(labels[rows].mean())
    assert first.mean_prediction == pytest.approx(scores[rows].mean())


def test_bytes_that_are_no_text() -> None:
    found = slice_by(Tokens("f", 2, [b"\xff\xfe"]), np.array([2, 2]), "binary", np.zeros(2), np.zeros(2))
    assert found.groups[0].value == "\\xff\\xfe"
    assert found.groups[0].metrics.rows == 2
