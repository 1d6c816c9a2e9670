"""scikit-learn's models on the same rows, as people train them without tuning.

| name | model |
|---|---|
| `gbt` | histogram gradient boosting with its defaults |
| `gbt_500` | the same with up to 500 iterations, stopped by the validation split |
| `linear` | logistic or ridge regression: numbers scaled, categories one-hot |

A column is a number where all of its values are; text with more values than boosting takes keeps the most frequent ones.
"""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler
from tests.quality.rows import Rows

from contracts.label_kinds import LabelKind
from sources.arrays import Array

MOST_CATEGORIES = 254
"""Boosting takes 255, of which one is for all the others."""


def typed(text: pd.DataFrame, rows: Array) -> Any:
    """Return columns of text as numbers where those of `rows` allow it, else as text; missing values as NaN and None."""
    columns: dict[str, Any] = {}
    for name in text.columns:
        values: Any = text[name]
        known = values.iloc[rows]
        numbers: Any = pd.to_numeric(known[known != ""], errors="coerce")
        is_number = bool(len(numbers)) and not numbers.isna().any()
        columns[name] = pd.to_numeric(values, errors="coerce") if is_number else values.where(values != "", None)
    return pd.DataFrame(columns)


class Encoder:
    """Columns as boosting takes them: numbers, and ids of categories, NaN where missing."""

    def __init__(self, frame: Any) -> None:
        self.categories = [name for name in frame.columns if frame[name].dtype == object]
        self.numbers = [name for name in frame.columns if name not in self.categories]
        self.ordinal = OrdinalEncoder(
            max_categories=MOST_CATEGORIES, handle_unknown="use_encoded_value", unknown_value=np.nan
        )
        if self.categories:
            self.ordinal.fit(frame[self.categories])

    def __call__(self, frame: Any) -> Array:
        """Return float64 [rows, columns]: the numbers, then the categories."""
        parts = [frame[self.numbers].to_numpy(np.float64)]
        if self.categories:
            parts.append(self.ordinal.transform(frame[self.categories]))
        return np.concatenate(parts, axis=1)

    @property
    def categorical_features(self) -> list[bool]:
        """Which columns are categories."""
        return [False] * len(self.numbers) + [True] * len(self.categories)


def boosting(kind: LabelKind, encoder: Encoder, seed: int = 0, **options: Any) -> Any:
    """Return boosting that is still to be fitted."""
    model: Any = HistGradientBoostingRegressor if kind == "regression" else HistGradientBoostingClassifier
    return model(categorical_features=encoder.categorical_features, random_state=seed, **options)


def predicted(kind: LabelKind, model: Any, inputs: Any, classes: int) -> Array:
    """Return predictions as `scores` takes them; of a class that the model did not see, a probability of 0."""
    if kind == "regression":
        return model.predict(inputs)
    probabilities = model.predict_proba(inputs)
    if kind == "binary":
        return probabilities[:, 1]
    found = np.zeros((len(probabilities), classes))
    found[:, model.classes_.astype(np.int64)] = probabilities
    return found


def compete(kind: LabelKind, rows: Rows, label: str, seeds: int) -> dict[str, list[Array]]:
    """Return each competitor's predictions of the test split, per seed; of those that chance does not touch, once."""
    train, validation, test = (rows.at(split) for split in ("train", "validation", "test"))
    frame = typed(rows.text.drop(columns=label), train)
    labels, classes = rows.labels, int(rows.labels[train].max()) + 1
    encoder = Encoder(frame.iloc[train])
    inputs = encoder(frame)
    found: dict[str, list[Array]] = {"gbt": [], "gbt_500": [], "linear": []}
    for seed in range(seeds):
        model = boosting(kind, encoder, seed)
        model.fit(inputs[train], labels[train])
        found["gbt"].append(predicted(kind, model, inputs[test], classes))
        if not model.do_early_stopping_:
            break
    model = boosting(kind, encoder, max_iter=500, early_stopping=True)
    model.fit(inputs[train], labels[train], X_val=inputs[validation], y_val=labels[validation])
    found["gbt_500"].append(predicted(kind, model, inputs[test], classes))
    model = linear(kind, encoder)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(frame.iloc[train], labels[train])
    found["linear"].append(predicted(kind, model, frame.iloc[test], classes))
    return found


def linear(kind: LabelKind, encoder: Encoder) -> Any:
    """Return a linear model that is still to be fitted."""
    transform = make_column_transformer(
        (
            make_pipeline(SimpleImputer(strategy="median", keep_empty_features=True), StandardScaler()),
            encoder.numbers,
        ),
        (OneHotEncoder(max_categories=MOST_CATEGORIES + 1, handle_unknown="infrequent_if_exist"), encoder.categories),
    )
    return make_pipeline(transform, Ridge() if kind == "regression" else LogisticRegression(max_iter=300))
