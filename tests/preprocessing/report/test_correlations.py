"""Correlations of a sample, against SciPy and against what the columns were made of."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from contracts.dataset.sample import Sample
from contracts.schema import Categorical, Feature, Label, Numeric, Schema
from preprocessing.report.correlations import MOST_NUMBERS, SHOWN, Correlations, Pair, correlations

ROWS = 240


def sample_of(columns: dict[str, pa.Array], train: int = ROWS, labels: np.ndarray | None = None) -> Sample:
    rows = len(next(iter(columns.values())))
    codes = np.where(np.arange(rows) < train, 1, 2).astype(np.uint8)
    batch = pa.record_batch([*columns.values()], names=[*columns])
    return Sample(codes, np.arange(rows, dtype=np.int64), batch, labels)


def schema_of(columns: dict[str, pa.Array]) -> Schema:
    features: dict[str, Feature] = {
        name: Categorical() if pa.types.is_binary(column.type) else Numeric(dtype="float64")
        for name, column in columns.items()
    }
    return Schema(features=features, label=Label(column="label"))


def found(columns: dict[str, pa.Array], train: int = ROWS) -> Correlations:
    estimated = correlations(sample_of(columns, train), schema_of(columns))
    assert estimated is not None
    return estimated


def by_names(estimated: Correlations) -> dict[frozenset[str], Pair]:
    return {frozenset((pair.first, pair.second)): pair for pair in estimated.pairs}


def numbers(*columns: np.ndarray) -> dict[str, pa.Array]:
    return {f"n{place}": pa.array(column) for place, column in enumerate(columns)}


def tokens(values: np.ndarray) -> pa.Array:
    return pa.array([None if value < 0 else b"t%d" % value for value in values.tolist()], pa.binary())


def spearman(first: np.ndarray, second: np.ndarray) -> float:
    return float(np.asarray(stats.spearmanr(first, second))[0])


def test_of_numbers_it_is_spearmans() -> None:
    generator = np.random.default_rng(0)
    x = generator.normal(size=ROWS)
    y = np.exp(2 * x) + generator.normal(size=ROWS)
    estimated = found(numbers(x, y, -x, generator.normal(size=ROWS)))
    pairs = by_names(estimated)
    assert pairs[frozenset(("n0", "n1"))].strength == pytest.approx(spearman(x, y))
    assert pairs[frozenset(("n0", "n2"))].strength == pytest.approx(-1.0)
    assert {pair.measure for pair in estimated.pairs} == {"rank correlation"}
    assert not any("n3" in names for names in pairs)
    assert estimated.matrix[0][1] == pytest.approx(spearman(x, y))


def test_ties_have_their_mean_rank() -> None:
    generator = np.random.default_rng(1)
    x = generator.integers(0, 4, ROWS).astype(float)
    y = x + generator.integers(0, 2, ROWS)
    pair = found(numbers(x, y)).pairs[0]
    assert pair.strength == pytest.approx(spearman(x, y))


def test_rows_in_which_either_is_missing_are_left_out() -> None:
    generator = np.random.default_rng(2)
    x = generator.normal(size=ROWS)
    columns = numbers(x, x)
    columns["n0"] = pa.array([None if row < 50 else value for row, value in enumerate(x.tolist())])
    columns["n1"] = pa.array([float("nan") if row >= 200 else value for row, value in enumerate(x.tolist())])
    pair = found(columns).pairs[0]
    assert (pair.rows, pair.strength) == (150, pytest.approx(1.0, abs=1e-3)), (
        "ranks are those among a column's own values"
    )


def test_of_categories_it_is_cramers_v_and_of_chance_nothing() -> None:
    generator = np.random.default_rng(3)
    shop, colour = generator.integers(0, 5, ROWS), generator.integers(0, 3, ROWS)
    region = np.where(generator.random(ROWS) < 0.1, generator.integers(0, 5, ROWS), shop)
    estimated = found({"shop": tokens(shop), "region": tokens(region), "colour": tokens(colour)})
    assert [(pair.first, pair.second, pair.measure) for pair in estimated.pairs] == [("shop", "region", "Cramér's V")]
    counts = stats.contingency.crosstab(shop, region).count
    assert estimated.pairs[0].strength == pytest.approx(
        stats.contingency.association(counts, method="cramer", correction=False), abs=0.01
    )


def test_of_one_of_each_it_is_the_share_of_ranks_that_the_category_tells() -> None:
    generator = np.random.default_rng(4)
    kind = generator.integers(0, 3, ROWS)
    kind[:40] = -1
    size = kind * 10 + generator.normal(size=ROWS)
    pair = found({"kind": tokens(kind), "size": pa.array(size), "noise": pa.array(generator.normal(size=ROWS))}).pairs
    assert [(each.first, each.second, each.rows) for each in pair] == [("kind", "size", 200)]
    groups = [size[kind == value] for value in range(3)]
    share = (stats.kruskal(*groups).statistic - 2) / (200 - 3)
    assert pair[0].strength ** 2 == pytest.approx(share, abs=0.01)


def test_what_cannot_be_compared_is_counted_and_breaks_nothing() -> None:
    generator = np.random.default_rng(5)
    x = generator.normal(size=ROWS)
    columns = {
        "x": pa.array(x),
        "constant": pa.array(np.full(ROWS, 1e300)),
        "empty": pa.array([None] * ROWS, pa.float64()),
        "far": pa.array(np.where(x > 0, 1e308, -1e308)),
        "id": tokens(np.arange(ROWS)),
        "one": tokens(np.zeros(ROWS, int)),
        "no token": tokens(np.full(ROWS, -1)),
    }
    estimated = found(columns)
    assert [(pair.first, pair.second) for pair in estimated.pairs] == [("x", "far")]
    assert estimated.left_out == 3
    assert estimated.matrix[0][1] is None


def test_few_rows_and_one_feature_have_none() -> None:
    columns = numbers(np.arange(ROWS) * 1.0, np.arange(ROWS) * 2.0)
    assert correlations(sample_of(columns, train=29), schema_of(columns)) is None
    assert correlations(sample_of({"n0": columns["n0"]}), schema_of({"n0": columns["n0"]})) is None


def test_many_features_are_bounded() -> None:
    x = np.random.default_rng(6).normal(size=(ROWS, 1))
    many = x + np.random.default_rng(7).normal(size=(ROWS, MOST_NUMBERS + 7)) / 10
    estimated = found({f"f{column}": pa.array(many[:, column]) for column in range(many.shape[1])})
    assert (len(estimated.pairs), estimated.left_out, estimated.names) == (SHOWN, 7, [])
    assert estimated.more == MOST_NUMBERS * (MOST_NUMBERS - 1) // 2 - SHOWN


def test_the_label_is_compared_with_every_feature() -> None:
    generator = np.random.default_rng(8)
    labels = generator.integers(0, 2, ROWS).astype(float)
    columns = {
        "strong": pa.array(-labels + generator.normal(0, 0.3, ROWS)),
        "weak": pa.array(labels + generator.normal(0, 1.5, ROWS)),
        "noise": pa.array(generator.normal(size=ROWS)),
        "kind": tokens(np.where(generator.random(ROWS) < 0.2, generator.integers(0, 3, ROWS), labels.astype(int))),
    }
    estimated = correlations(sample_of(columns, labels=labels), schema_of(columns))
    assert estimated is not None
    assert [pair.first for pair in estimated.with_label] == ["strong", "kind", "weak"]
    strong = spearman(columns["strong"].to_numpy(), labels)
    assert estimated.with_label[0].strength == pytest.approx(strong)
    assert estimated.with_label[1].measure == "correlation ratio"
    assert not any("label" in name for pair in estimated.pairs for name in (pair.first, pair.second))
    assert [len(row) for row in estimated.matrix] == [3, 3, 3]
    assert estimated.names == ["strong", "weak", "noise"]
    assert found(columns).with_label == []


def test_classes_are_compared_as_categories() -> None:
    generator = np.random.default_rng(9)
    labels = generator.integers(0, 4, ROWS).astype(float)
    columns = {"size": pa.array(labels * 5 + generator.normal(size=ROWS)), "kind": tokens((labels > 1).astype(int))}
    schema = schema_of(columns).model_copy(update={"label": Label(column="label", kind="multiclass")})
    estimated = correlations(sample_of(columns, labels=labels), schema)
    assert estimated is not None
    assert {pair.first: pair.measure for pair in estimated.with_label} == {
        "size": "correlation ratio",
        "kind": "Cramér's V",
    }
    assert all(pair.strength > 0.9 for pair in estimated.with_label)
