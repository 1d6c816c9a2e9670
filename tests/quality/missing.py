"""Predictions of test rows with fields made missing, by share, and next to boosting that was trained for it.

Each raw field of each test row is made missing at random, and the rows are sent through the exported model. Boosting sees
the same rows with the same fields missing. It is trained twice: on the rows as they are, and on these rows three times as
they are and once masked, where each row has a rate of its own between 0 and 1.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from tests.quality.competitors import Encoder, boosting, predicted, typed
from tests.quality.models import Models, Trained
from tests.quality.rows import Rows
from tests.quality.scores import scores

from contracts.label_kinds import LabelKind
from contracts.schema import Schema
from sources.arrays import Array

SHARES = (0.0, 0.1, 0.3, 0.5, 0.8, 1.0)
UNSEEN = "no such token"
PLAIN_COPIES = 3

Figures = dict[str, Any]


def measure(models: Models, trained: Trained, rows: Rows, schema: Schema) -> dict[str, Figures]:
    """Return under `missing` the figures by share, and under `missing_single` those with one feature missing or unseen."""
    kind: LabelKind = schema.label.kind
    features = list(schema.features)
    train, test = rows.at("train"), rows.at("test")
    labels = rows.labels[test]
    classes = int(rows.labels[train].max()) + 1
    text: Any = rows.text[features]
    frame = typed(text, train)
    encoder = Encoder(frame.iloc[train])
    inputs = encoder(frame)
    columns = [*encoder.numbers, *encoder.categories]
    gbt = _fit(kind, encoder, inputs, rows, masked=False)
    robust = _fit(kind, encoder, inputs, rows, masked=True)
    baseline = _baseline(kind, rows.labels[train], len(test), classes)

    def figures(mask: Array) -> Figures:
        asked = text.iloc[test].mask(mask, "")
        masked = np.where(mask[:, [features.index(name) for name in columns]], np.nan, inputs[test])
        ours = scores(kind, labels, models.predict(trained, asked))
        others = {
            "gbt": scores(kind, labels, predicted(kind, robust, masked, classes)),
            "plain_gbt": scores(kind, labels, predicted(kind, gbt, masked, classes)),
            "baseline": scores(kind, labels, baseline),
        }
        return {
            **ours,
            **{f"{name}_{metric}": value for name, of_name in others.items() for metric, value in of_name.items()},
        }

    random = np.random.default_rng(0)
    by_share = {f"{share:g}": figures(random.random((len(test), len(features))) < share) for share in SHARES}
    single: Figures = {}
    for index, name in enumerate(features):
        mask = np.zeros((len(test), len(features)), np.bool_)
        mask[:, index] = True
        single[name] = {"missing": figures(mask)}
        if schema.features[name].kind != "numeric":
            unseen = text.iloc[test].assign(**{name: UNSEEN})
            single[name]["unseen"] = scores(kind, labels, models.predict(trained, unseen))
    return {"missing": by_share, "missing_single": single}


def _fit(kind: LabelKind, encoder: Encoder, inputs: Array, rows: Rows, *, masked: bool) -> Any:
    train, validation = rows.at("train"), rows.at("validation")
    parts = [(train, inputs[train]), (validation, inputs[validation])]
    if masked:
        parts = [_with_masked(positions, values, seed) for seed, (positions, values) in enumerate(parts)]
    (train, train_inputs), (validation, validation_inputs) = parts
    model = boosting(kind, encoder, max_iter=500, early_stopping=True)
    model.fit(train_inputs, rows.labels[train], X_val=validation_inputs, y_val=rows.labels[validation])
    return model


def _with_masked(positions: Array, values: Array, seed: int) -> tuple[Array, Array]:
    """Return the rows as often as they are plain, and once with a rate of missing fields of each row's own."""
    random = np.random.default_rng(seed + 1)
    rates = random.random((len(values), 1))
    masked = np.where(random.random(values.shape) < rates, np.nan, values)
    return np.tile(positions, PLAIN_COPIES + 1), np.concatenate([*[values] * PLAIN_COPIES, masked])


def _baseline(kind: LabelKind, labels: Array, rows: int, classes: int) -> Array:
    if kind == "multiclass":
        return np.tile(np.bincount(labels.astype(np.int64), minlength=classes) / len(labels), (rows, 1))
    return np.full(rows, labels.mean())
