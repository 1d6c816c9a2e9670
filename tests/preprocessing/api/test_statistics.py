"""What a dataset job publishes of its columns, against pandas on real flights; and the same as TFDV's message, over HTTP."""

from __future__ import annotations

import asyncio
import json
import math
from pathlib import Path
from typing import Any

import httpx
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from tensorflow_metadata.proto.v0 import statistics_pb2 as protos
from tests.conftest import MakeDataset

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset, open_dataset
from contracts.schema import SPLIT_NAMES
from contracts.statistics import CategoricalStatistics, NumericStatistics, Statistics
from contracts.storage import Storage
from preprocessing.api.statistics import EXAMPLE
from preprocessing.engine import SparkEngine
from preprocessing.main import make_app
from tandem.demo_data import FILE, write_flights

NUMBERS = ["distance", "dep_delay", "air_time", "flight"]
WORDS = ["carrier", "dest", "tailnum", "time_hour"]


@pytest.fixture(scope="module")
def flights(engine: SparkEngine) -> Dataset:
    sources = engine.settings.source_roots[0]
    write_flights(Path(sources))
    body = {
        "name": "flights-statistics",
        "source": {"format": "csv", "uris": [FILE], "null_values": ["", "NA"]},
        "label": {"expression": "arr_delay > 15"},
        "features": {
            **{name: {"kind": "numeric"} for name in NUMBERS},
            **{name: {"kind": "categorical"} for name in WORDS},
        },
        "remaining": "exclude",
        "records": "none",
        "partitions": 5,
    }
    engine.run("dataset", body, JobContext.alone("flights-statistics"))
    return open_dataset(Storage(engine.settings.storage), "flights-statistics")


@pytest.fixture(scope="module")
def oracle(flights: Dataset, engine: SparkEngine) -> dict[str, Any]:
    """The rows of each split, as pandas reads them; the job itself says which split a row is in."""
    wanted: Any = [*NUMBERS, *WORDS, "arr_delay"]
    text: Any = dict.fromkeys(WORDS, str)
    path = Path(engine.settings.source_roots[0]) / FILE
    frame: Any = pd.read_csv(path, usecols=wanted, na_values=["NA"], dtype=text)
    parts = [pa.ipc.open_file(flights.files.map(rows.path)).read_all() for rows in flights.manifest.rows]
    kept = pa.concat_tables(parts)
    frame["split"] = kept.column(0).to_numpy()
    frame["label"] = (frame["arr_delay"] > 15).astype(float)
    assert (frame["split"] == 0).equals(frame["arr_delay"].isna())
    return {name: frame[frame["split"] == code] for code, name in enumerate(SPLIT_NAMES, start=1)}


@pytest.mark.parametrize("split", SPLIT_NAMES)
@pytest.mark.parametrize("name", NUMBERS)
def test_numbers_equal_pandas(flights: Dataset, oracle: dict[str, Any], split: Any, name: str) -> None:
    rows = oracle[split]
    values = rows[name].dropna()
    found = flights.statistics().numeric(name, split)
    assert (found.count, found.missing) == (len(values), len(rows) - len(values))
    assert found.missing_share == pytest.approx(rows[name].isna().mean())
    assert found.distinct == values.nunique()
    assert (found.min, found.max, found.median) == (values.min(), values.max(), values.median())
    assert found.mean == pytest.approx(values.mean(), rel=1e-13)
    assert found.std == pytest.approx(values.std(ddof=0), rel=1e-12)
    assert (found.zeros, found.negative) == ((values == 0).sum(), (values < 0).sum())
    assert found.quantiles is not None
    np.testing.assert_allclose(found.quantiles.values, values.quantile(found.quantiles.probabilities), rtol=1e-12)
    for histogram in (found.histogram, found.quantile_histogram):
        assert histogram is not None
        assert histogram.counts == np.histogram(values, histogram.edges)[0].tolist()
    check_label(found, rows, rows[name].isna())


@pytest.mark.parametrize("split", SPLIT_NAMES)
@pytest.mark.parametrize("name", WORDS)
def test_words_equal_pandas(flights: Dataset, oracle: dict[str, Any], split: Any, name: str) -> None:
    rows = oracle[split]
    words = rows[name].dropna()
    found = flights.statistics().categorical(name, split)
    assert (found.count, found.missing) == (len(words), len(rows) - len(words))
    assert found.distinct == words.nunique()
    assert found.average_length == pytest.approx(words.str.len().mean(), rel=1e-12)
    assert found.invalid_utf8 == 0
    counts = sorted(words.value_counts().items(), key=lambda item: (-item[1], item[0]))
    assert [(top.text, top.count) for top in found.top] == counts[:20]
    means = rows.groupby(name)["label"].mean()
    assert [top.label_mean for top in found.top] == [means[top.text] for top in found.top]
    assert found.ranks is not None
    ordered = [count for _, count in counts]
    ends = [*found.ranks.ranks[1:]]
    assert found.ranks.counts == [
        sum(ordered[begin:end]) for begin, end in zip(found.ranks.ranks[:-1], ends, strict=True)
    ]
    assert ends[-1] == len(ordered)
    check_label(found, rows, rows[name].isna())


def check_label(found: NumericStatistics | CategoricalStatistics, rows: Any, gone: Any) -> None:
    assert found.label is not None
    missing, present = rows["label"][gone], rows["label"][~gone]
    assert found.label.mean_where_present == present.mean()
    if len(missing):
        assert found.label.mean_where_missing == missing.mean()
    else:
        assert found.label.mean_where_missing is None
    expected = gone.astype(float).corr(rows["label"]) if gone.nunique() > 1 else math.nan
    if math.isnan(expected):
        assert found.label.correlation is None
    else:
        assert found.label.correlation == pytest.approx(expected, abs=1e-12)


def test_the_label_equals_pandas(flights: Dataset, oracle: dict[str, Any]) -> None:
    for split, found in flights.statistics().splits.items():
        label = oracle[split]["label"]
        assert found.binary_label.mean == label.mean()
        assert [(each.value, each.count) for each in found.binary_label.distribution] == sorted(
            label.value_counts().items()
        )


def many_values(rows: int) -> str:
    """More different numbers than are counted one by one: of all rows, of all but a few, and rising along the file."""
    rng = np.random.default_rng(11)
    columns = [rng.random(rows) < 0.3, rng.normal(size=rows), rng.lognormal(3, 2, rows), np.arange(rows) // 2]
    lines = [
        f"{int(y)},{a!r},{'' if b < 5 else repr(b)},{c}"
        for y, a, b, c in zip(*map(np.ndarray.tolist, columns), strict=True)
    ]
    return "\n".join(["y,normal,long,rising", *lines]) + "\n"


def test_sketches_and_intervals_leave_statistics_and_fingerprint_as_they_are(make_dataset: MakeDataset) -> None:
    text = many_values(20_000)
    body = {"label": {"column": "y"}, "records": "none"}
    made = [make_dataset(text, partitions=parts, **body) for parts in (1, 2, 7)]
    first = made[0].statistics()
    for name in ("normal", "long", "rising"):
        assert first.numeric(name).quantile_sketch is not None
        assert first.numeric(name).distinct_sketch is not None
    for other in made[1:]:
        assert other.manifest.fingerprint == made[0].manifest.fingerprint
        assert other.statistics().reproducible() == first.reproducible()
        for name in ("normal", "long", "rising"):
            assert other.values(name).shift == made[0].values(name).shift
            assert other.values(name).table.equals(made[0].values(name).table)
    for name in ("normal", "long", "rising"):
        counted = made[0].values(name)
        for split in SPLIT_NAMES:
            assert sum(counted.counts(split).to_pylist()) == first.numeric(name, split).count


def test_invalid_utf8_is_counted_and_shown(make_dataset: MakeDataset) -> None:
    words = [b"ok", b"\xff\xfe", b"\xc3\xa9", b"\xc0\x80", b"\xed\xa0\x80", b"", b"\xf4\x90\x80\x80"]
    text = b"y,w\n" + b"".join(b"%d,%s\n" % (i % 2, word) for i, word in enumerate(words * 3))
    dataset = make_dataset(text, label={"column": "y"}, features={"w": {"kind": "categorical"}}, splits={"train": 1.0})
    found = dataset.statistics().categorical("w")
    assert (found.count, found.missing, found.distinct, found.invalid_utf8) == (18, 3, 6, 12)
    labels = {
        bucket.label for bucket in message_of(dataset).datasets[0].features[0].string_stats.rank_histogram.buckets
    }
    assert labels == {"ok", "\\xff\\xfe", "é", "\\xc0\\x80", "\\xed\\xa0\\x80", "\\xf4\\x90\\x80\\x80"}


def message_of(dataset: Dataset) -> Any:
    assert dataset.manifest.statistics_proto is not None
    data = dataset.checked(dataset.manifest.statistics_proto).to_pybytes()
    return protos.DatasetFeatureStatisticsList.FromString(data)


def test_the_message_holds_the_same_numbers(flights: Dataset) -> None:
    message, statistics = message_of(flights), flights.statistics()
    assert [dataset.name for dataset in message.datasets] == list(SPLIT_NAMES)
    for dataset in message.datasets:
        split = statistics.splits[dataset.name]
        assert dataset.num_examples == split.rows
        features = {feature.path.step[0]: feature for feature in dataset.features}
        assert list(features) == [*flights.schema.features, "label"]
        for name in WORDS:
            check_string(features[name], split.features[name])
        for name in NUMBERS:
            check_number(
                features[name], split.features[name], whole=flights.schema.number_columns[name].value_type == "int64"
            )
        label = features["label"]
        assert label.type == protos.FeatureNameStatistics.INT
        assert label.num_stats.mean == pytest.approx(split.binary_label.mean, rel=1e-15)
        assert label.num_stats.num_zeros == split.label.count - split.binary_label.positives
        assert (label.num_stats.min, label.num_stats.max) == (0, 1)
        assert [bucket.sample_count for bucket in label.num_stats.histograms[0].buckets if bucket.sample_count] == [
            split.label.count - split.binary_label.positives,
            split.binary_label.positives,
        ]


def check_common(common: Any, found: Any) -> None:
    assert (common.num_non_missing, common.num_missing) == (found.count, found.missing)
    assert common.tot_num_values == found.count
    assert (common.min_num_values, common.max_num_values, common.avg_num_values) == (1, 1, 1.0)
    assert sum(bucket.sample_count for bucket in common.num_values_histogram.buckets) == pytest.approx(found.count)


def check_string(feature: Any, found: Any) -> None:
    stats = feature.string_stats
    assert feature.type == protos.FeatureNameStatistics.STRING
    check_common(stats.common_stats, found)
    assert (stats.unique, stats.invalid_utf8_count) == (found.distinct, found.invalid_utf8)
    assert stats.avg_length == pytest.approx(found.average_length, rel=1e-6)
    assert [(top.value, top.frequency) for top in stats.top_values] == [(top.text, top.count) for top in found.top]
    ranked = stats.rank_histogram.buckets
    assert len(ranked) == min(found.distinct, 1000)
    assert [bucket.low_rank for bucket in ranked] == [bucket.high_rank for bucket in ranked] == list(range(len(ranked)))
    assert [(bucket.label, bucket.sample_count) for bucket in ranked[:20]] == [(t.text, t.count) for t in found.top]
    assert sorted((bucket.sample_count for bucket in ranked), reverse=True) == [
        bucket.sample_count for bucket in ranked
    ]


def check_number(feature: Any, found: Any, *, whole: bool) -> None:
    stats = feature.num_stats
    assert feature.type == (protos.FeatureNameStatistics.INT if whole else protos.FeatureNameStatistics.FLOAT)
    check_common(stats.common_stats, found)
    assert (stats.mean, stats.std_dev, stats.num_zeros) == (found.mean, found.std, found.zeros)
    assert (stats.min, stats.median, stats.max) == (found.min, found.median, found.max)
    standard, quantiles = stats.histograms
    assert (standard.type, quantiles.type) == (protos.Histogram.STANDARD, protos.Histogram.QUANTILES)
    assert [bucket.sample_count for bucket in standard.buckets] == found.histogram.counts
    assert [bucket.low_value for bucket in standard.buckets] == found.histogram.edges[:-1]
    assert [bucket.high_value for bucket in standard.buckets] == found.histogram.edges[1:]
    assert [bucket.high_value for bucket in quantiles.buckets] == [found.quantiles.at(i / 10) for i in range(1, 11)]
    assert sum(bucket.sample_count for bucket in quantiles.buckets) == pytest.approx(found.count)


def test_columns_without_values_have_a_message_too(make_dataset: MakeDataset) -> None:
    text = "y,none,odd,w\n1,,nan,\n0,,inf,\n1,,nan,\n"
    features = {"none": {"kind": "numeric"}, "odd": {"kind": "numeric"}, "w": {"kind": "categorical"}}
    dataset = make_dataset(text, label={"column": "y"}, features=features, splits={"train": 1.0})
    features = {feature.path.step[0]: feature for feature in message_of(dataset).datasets[0].features}
    assert features["none"].num_stats.common_stats.num_missing == 3
    assert not features["none"].num_stats.histograms
    odd = features["odd"].num_stats
    assert (odd.common_stats.num_missing, odd.histograms[0].num_nan, odd.histograms[0].num_undefined) == (3, 2, 1)
    assert features["w"].string_stats.common_stats.num_missing == 3
    found = dataset.statistics().numeric("odd")
    assert (found.nan, found.infinite, found.missing, found.quantiles) == (2, 1, 3, None)


def get(engine: SparkEngine, path: str, headers: dict[str, str]) -> httpx.Response:
    """Ask the application itself; no engine is started."""

    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(make_app(engine.settings))
        async with httpx.AsyncClient(transport=transport, base_url="http://tandem") as client:
            return await client.get(path, headers=headers)

    return asyncio.run(ask())


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        (None, "application/json"),
        ("*/*", "application/json"),
        ("application/x-protobuf", "application/x-protobuf"),
        ("application/json;q=0.5, application/x-protobuf", "application/x-protobuf"),
        ("text/html, application/*;q=0.1", "application/json"),
    ],
)
def test_the_representation_is_the_one_that_is_asked_for(
    engine: SparkEngine, flights: Dataset, accept: str | None, expected: str
) -> None:
    headers = {} if accept is None else {"Accept": accept}
    reply = get(engine, "/v1/datasets/flights-statistics/statistics", headers)
    assert (reply.status_code, reply.headers["content-type"]) == (200, expected)
    assert reply.headers["vary"] == "Accept, Accept-Encoding"
    if expected == "application/json":
        assert Statistics.model_validate_json(reply.content) == flights.statistics()
    else:
        assert protos.DatasetFeatureStatisticsList.FromString(reply.content) == message_of(flights)


def test_there_is_no_other_representation(engine: SparkEngine, flights: Dataset) -> None:
    reply = get(engine, "/v1/datasets/flights-statistics/statistics", {"Accept": "text/html"})
    assert reply.status_code == 406
    assert reply.headers["content-type"] == "application/problem+json"
    assert "application/x-protobuf" in reply.json()["detail"]


def test_the_documented_example_is_one() -> None:
    Statistics.model_validate_json(json.dumps(EXAMPLE))
