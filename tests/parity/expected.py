"""The model inputs of a dataset with everything that a feature can be asked to become, by the rules, in plain Python."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest
import tensorflow as tf
from tests.parity.ways import is_missing

from contracts.dataset.published import Dataset
from contracts.features import Hashed
from contracts.features.spelling import canonical_text
from contracts.input_rules import NumericInput, number_rules

Row = tuple[int | None, float | None, str | None, str | None]
"""A whole number, a real one and two tokens, from which every column is made."""

WHOLE, REAL, FIRST, SECOND = range(4)
FROM: dict[str, tuple[int, dict[str, Any]]] = {
    "median": (REAL, {"impute": "median", "indicator": True, "null_values": ["0.1", "none"]}),
    "constant": (WHOLE, {"impute": {"constant": -1.5}, "scale": "minmax", "null_values": ["7", "16777216"]}),
    "clipped": (REAL, {"clip": [0.1, 0.85], "indicator": False}),
    "between": (WHOLE, {"clip": [0.25, 1], "scale": "minmax", "impute": "none", "indicator": True}),
    "logarithm": (REAL, {"scale": "log1p"}),
    "clipped log": (WHOLE, {"scale": "log1p", "clip": [0, 0.9], "impute": "median"}),
    "as it is": (REAL, {"scale": "none", "impute": "none", "indicator": True}),
    "fifths": (REAL, {"bucketize": {"quantiles": 5}}),
    "thirds": (WHOLE, {"bucketize": {"quantiles": 3}, "impute": "median", "indicator": True}),
    "levels": (REAL, {"bucketize": {"bounds": [-1e30, -1.5, 0, 0.1, 7, 16777216]}}),
    "steps": (WHOLE, {"bucketize": {"bounds": [0, 1, 7]}, "impute": {"constant": 1}}),
    "reserved": (FIRST, {"reserved": ["never", "a,b", "☃"], "min_count": 2, "oov_buckets": 3}),
    "few": (SECOND, {"reserved": ['q"q'], "max_size": 4, "oov_buckets": 7}),
    "plain": (SECOND, {"null_values": ["-", "a"]}),
    "hashed": (FIRST, {"kind": "hashed", "buckets": 11, "null_values": ["b"]}),
    "spread": (SECOND, {"kind": "hashed", "buckets": 100_003}),
}
DTYPES = {WHOLE: "int64", REAL: "float64"}
FEATURES: dict[str, Any] = {
    name: ({"kind": "numeric", "dtype": DTYPES[source]} if source in DTYPES else {"kind": "categorical"}) | options
    for name, (source, options) in FROM.items()
}
CROSSES = [
    {"features": ["reserved", "spread"], "buckets": 1000},
    {"features": ["few", "hashed"], "buckets": 1_000_003, "name": "other cross"},
]


def fingerprint(token: bytes, buckets: int) -> int:
    return int(tf.strings.to_hash_bucket_fast(token, buckets))


def missing(name: str, value: Any) -> bool:
    """Whether the value is one of the missing ones, of all features or of this one."""
    own = FROM[name][1].get("null_values", [])
    if is_missing(value) or FROM[name][0] not in DTYPES:
        return is_missing(value) or value in own
    return any(np.float32(value) == np.float32(token) for token in own if token != "none")


def slack(values: Any) -> float:
    """What rounding comes to between values of very different size, and float32's subnormals."""
    return 1e-14 * float(np.abs(values).max(initial=0.0)) + 1e-37


def signed_log1p(value: float) -> float:
    return math.copysign(math.log1p(abs(value)), value)


@dataclass(frozen=True)
class Expected:
    """The model inputs by the rules, and how the rules must be for these training rows."""

    dataset: Dataset
    rows: list[Row]
    train: list[Row]

    def column(self, feature: str, rows: list[Row]) -> list[Any]:
        values = [row[FROM[feature][0]] for row in rows]
        return [canonical_text(value) if isinstance(value, str) else value for value in values]

    def there(self, feature: str) -> list[float]:
        return [float(value) for value in self.column(feature, self.train) if not missing(feature, value)]

    def fill(self, feature: str) -> float | None:
        match FROM[feature][1].get("impute", "none" if "bucketize" in FROM[feature][1] else "mean"):
            case "none":
                return None
            case {"constant": value}:
                return value
            case "median":
                return float(np.median(self.there(feature))) if self.there(feature) else 0.0
            case _:
                there = self.there(feature)
                return math.fsum(there) / len(there) if there else 0.0

    def check_rules(self) -> None:
        """What the statistics gave against what numpy finds in the rows. Without values nothing is scaled."""
        rules = number_rules(self.dataset.schema, self.dataset.statistics())
        for rule in [*rules.scaled, *rules.buckets]:
            fill = self.fill(rule.feature)
            assert (fill is None) == (rule.fill is None)
            if fill is not None:
                assert rule.fill == pytest.approx(fill, rel=1e-6, abs=slack(self.there(rule.feature)))
        for rule in rules.scaled:
            if self.there(rule.feature):
                self.check_scale(rule)
        for rule in rules.buckets:
            there, wanted = self.there(rule.feature), FROM[rule.feature][1]["bucketize"]
            bounds = wanted.get("bounds", [])
            if not bounds and there:
                bounds = np.quantile(there, np.arange(1, wanted["quantiles"]) / wanted["quantiles"]).tolist()
            for bound in rule.bounds:
                assert any(bound == pytest.approx(each, rel=1e-6, abs=slack(there)) for each in bounds)
            for bound in bounds:
                assert any(bound == pytest.approx(each, rel=1e-6, abs=slack(there)) for each in rule.bounds)
            assert list(rule.bounds) == sorted(set(rule.bounds))

    def check_scale(self, rule: NumericInput) -> None:
        options, there = FROM[rule.feature][1], np.array(self.there(rule.feature))
        if "clip" in options:
            low, high = np.quantile(there, options["clip"])
            assert (rule.low, rule.high) == pytest.approx((low, high), rel=1e-6, abs=slack(there))
            assert rule.divisor > 0
            return
        logs = np.array([signed_log1p(value) for value in there])
        match options.get("scale", "standard"):
            case "none":
                wanted = (0.0, 1.0)
            case "minmax":
                wanted = (there.min(), np.ptp(there))
            case "log1p":
                wanted = (logs.mean(), logs.std())
            case _:
                wanted = (there.mean(), there.std())
        if wanted[1] > 1e-9 * abs(wanted[0]):
            np.testing.assert_allclose([rule.center, rule.divisor], wanted, rtol=1e-6, atol=1e-6 * wanted[1])

    def inputs(self) -> tuple[np.ndarray, np.ndarray]:
        rules = number_rules(self.dataset.schema, self.dataset.statistics())
        columns = [
            [self.scaled(rule, value) for value in self.column(rule.feature, self.rows)] for rule in rules.scaled
        ]
        for name, (source, options) in FROM.items():
            if options.get("indicator", source in DTYPES and "bucketize" not in options):
                columns.append([np.float32(missing(name, value)) for value in self.column(name, self.rows)])
        ids = [self.vocabulary_ids(name) for name in self.dataset.schema.vocabularies]
        for name, feature in self.dataset.schema.of_kind(Hashed).items():
            tokens = [None if missing(name, value) else value.encode() for value in self.column(name, self.rows)]
            ids.append([0 if token is None else 1 + fingerprint(token, feature.buckets) for token in tokens])
        for rule in rules.buckets:
            values = [
                rule.fill if missing(rule.feature, value) else float(np.float32(value))
                for value in self.column(rule.feature, self.rows)
            ]
            ids.append([0 if value is None else 1 + bisect_right(rule.bounds, normal(value)) for value in values])
        ids += [self.crossed(cross) for cross in CROSSES]
        return np.array(columns, np.float32).T, np.array(ids, np.int64).T

    def scaled(self, rule: NumericInput, value: Any) -> np.float32:
        absent = missing(rule.feature, value)
        if absent and rule.fill is None:
            return np.float32(0)
        filled = rule.fill if absent else float(np.float32(np.float64(value)))
        assert filled is not None
        if rule.low is not None and rule.high is not None:
            filled = min(max(filled, rule.low), rule.high)
        if rule.log:
            filled = signed_log1p(filled)
        assert rule.bound is not None
        return np.float32(min(max((filled - rule.center) / rule.divisor, -rule.bound), rule.bound))

    def vocabulary_ids(self, name: str) -> list[int]:
        options = FROM[name][1]
        reserved = options.get("reserved", [])
        counts = Counter(value for value in self.column(name, self.train) if not missing(name, value))
        common = [token for token, count in counts.items() if count >= options.get("min_count", 1)]
        learned = sorted((t for t in common if t not in reserved), key=lambda t: (-counts[t], t.encode()))
        order = [*reserved, *learned][: options.get("max_size")]
        assert self.dataset.vocabulary(name).tokens.to_pylist() == [token.encode() for token in order]
        assert self.dataset.vocabulary(name).counts.to_pylist() == [counts[token] for token in order]
        buckets = options.get("oov_buckets", 1)
        id_of = {token: 1 + buckets + place for place, token in enumerate(order)}
        return [
            0 if missing(name, value) else id_of.get(value) or 1 + fingerprint(value.encode(), buckets)
            for value in self.column(name, self.rows)
        ]

    def crossed(self, cross: Any) -> list[int]:
        ids: list[int] = []
        one, other = cross["features"]
        for first, second in zip(self.column(one, self.rows), self.column(other, self.rows), strict=True):
            if missing(one, first) or missing(other, second):
                ids.append(0)
            else:
                a, b = first.encode(), second.encode()
                ids.append(1 + fingerprint(b"%d:%b%b" % (len(a), a, b), cross["buckets"]))
        return ids


def normal(value: float) -> float:
    return value if abs(value) >= 2.0**-126 else 0.0
