"""Labels of several classes and of numbers: what is learned, published, recorded, reported, compared; and what is refused."""

from __future__ import annotations

import math
from collections import Counter
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from tensorflow_metadata.proto.v0 import statistics_pb2 as protos
from tests.conftest import MakeDataset
from tests.forms import FORMS

from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest, TandemError, UnparsableValue, UnusableLabel
from contracts.messages.comparisons import CompareRequest
from contracts.schema import SPLIT_NAMES
from contracts.statistics import ClassLabelStatistics, LabelStatistics, NumberLabelStatistics
from preprocessing.report.page import report_page
from preprocessing.statistics.compare import compare

FEATURES = {"x": {"kind": "numeric", "dtype": "float64"}, "word": {"kind": "categorical"}}
COMMON: dict[str, Any] = {"features": FEATURES, "remaining": "exclude"}
SPECIES = {"column": "species", "kind": "multiclass"}
MASS = {"column": "mass", "kind": "regression"}
NAMES = ["Gentoo", "Adelie", "Chinstrap", 'Æ, the "fourth"']


def table(rows: int = 600) -> str:
    """A table whose species go by x, and whose mass is missing or a number."""
    generator = np.random.default_rng(3)
    lines = ["species,mass,x,word,grade"]
    for at in range(rows):
        species = NAMES[int(generator.integers(4))].replace('"', '""')
        x = "" if generator.random() < 0.2 else f"{generator.normal():.4f}"
        mass = (
            ""
            if at % 50 == 7
            else "NaN"
            if at % 50 == 8
            else f"{4000 + 500 * generator.normal() + (300 if x else 0):.2f}"
        )
        label = "" if at % 40 == 3 else f'"{species}"'
        lines.append(f"{label},{mass},{x},w{generator.integers(5)},{int(generator.integers(3)) * 10 - 10}")
    return "\n".join(lines) + "\n"


def labels_of(dataset: Dataset, split: str) -> list[float]:
    """The labels of a split, as the records or the files beside the source have them, sorted."""
    manifest = dataset.manifest
    if manifest.records == "none":
        tables = [pa.ipc.open_file(dataset.checked(part)).read_all() for part in manifest.rows]
        code = SPLIT_NAMES.index(split) + 1  # pyright: ignore[reportArgumentType]
        found = [t.column("label").to_numpy()[t.column("split").to_numpy() == code] for t in tables]
        return sorted(np.concatenate(found).tolist())
    values: list[float] = []
    for shard in dataset.shards(split):  # pyright: ignore[reportArgumentType]
        path = dataset.files.local_path(shard.path)
        for record in tf.data.TFRecordDataset(str(path)).as_numpy_iterator():
            example = tf.train.Example.FromString(record)
            name = "label" if manifest.layout == "packed" else manifest.schema_.label.name
            feature = example.features.feature[name]
            kind = feature.WhichOneof("kind")
            assert kind == ("float_list" if manifest.schema_.label.kind == "regression" else "int64_list")
            if not manifest.has_float64_labels:
                values += getattr(feature, kind).value
                continue
            bits = example.features.feature[f"{name}:float64"].int64_list.value
            (exact,) = np.array(bits, np.int64).view(np.float64).tolist()
            with np.errstate(over="ignore"):
                assert feature.float_list.value[0] == np.float32(exact)
            values.append(exact)
    return sorted(values)


@pytest.mark.parametrize(
    "label", [SPECIES, MASS, {"column": "grade", "kind": "multiclass"}], ids=["species", "mass", "grade"]
)
def test_every_form_of_records_has_the_same_labels(make_dataset: MakeDataset, label: dict[str, Any]) -> None:
    made = [
        make_dataset(table(), label=label, records=records, layout=layout, partitions=n, **COMMON)
        for n, (records, layout) in enumerate(FORMS, 1)
    ]
    first = made[0]
    for other in made[1:]:
        assert other.manifest.classes == first.manifest.classes
        assert other.statistics().reproducible() == first.statistics().reproducible()
        assert other.manifest.left_out == first.manifest.left_out
        for split in SPLIT_NAMES:
            assert labels_of(other, split) == labels_of(first, split)


def test_classes_are_in_the_order_of_their_bytes(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(table(), label=SPECIES, **COMMON)
    assert dataset.manifest.classes == ["Adelie", "Chinstrap", "Gentoo", 'Æ, the "fourth"']
    assert dataset.manifest.left_out.without_label == 15
    for split, found in dataset.statistics().splits.items():
        assert isinstance(found.label, ClassLabelStatistics)
        assert found.label.names == dataset.manifest.classes
        counts = Counter(labels_of(dataset, split))
        assert [each.count for each in found.label.classes] == [counts[at] for at in range(4)]
        assert found.label.count == found.rows == sum(counts.values())
        assert all(feature.label is None for feature in found.features.values())
        assert all(token.label_mean is None for token in found.features["word"].top)  # pyright: ignore[reportAttributeAccessIssue]


def test_whole_numbers_are_in_the_order_of_numbers(make_dataset: MakeDataset) -> None:
    text = "y,x\n" + "".join(f"{['10', '2.0', '-1', '2'][at % 4]},{at}\n" for at in range(200))
    dataset = make_dataset(text, label={"column": "y", "kind": "multiclass"})
    assert dataset.manifest.classes == [-1, 2, 10]
    train = dataset.statistics().splits["train"].label
    assert isinstance(train, ClassLabelStatistics)
    assert train.classes[1].count > train.classes[0].count


def test_a_class_that_no_training_row_has_is_left_out_and_counted(make_dataset: MakeDataset) -> None:
    """Rows with the key 3 are the test split's, by their hash; only they are of class c."""
    body: dict[str, Any] = {"label": {"column": "y", "kind": "multiclass"}, "split_key": ["key"], **COMMON}
    lines = [f"{'ab'[at % 2]},{at % 40},{at},w" for at in range(400)]
    plain = make_dataset("y,key,x,word\n" + "\n".join(lines) + "\n", records="none", **body)
    codes = np.concatenate(
        [pa.ipc.open_file(plain.checked(part)).read_all().column("split").to_numpy() for part in plain.manifest.rows]
    )
    key = int(np.flatnonzero(codes == 3)[0]) % 40
    marked = [f"c,{line.split(',', 1)[1]}" if at % 40 == key else line for at, line in enumerate(lines)]
    for records in ("none", "raw", "transformed"):
        dataset = make_dataset("y,key,x,word\n" + "\n".join(marked) + "\n", records=records, **body)
        assert dataset.manifest.classes == ["a", "b"]
        assert dataset.manifest.left_out.unknown_class == 10
        assert dataset.manifest.left_out.without_label == 0
        assert sum(split.rows for split in dataset.manifest.splits.values()) == 390
    page = bytes(report_page(dataset.manifest, dataset.statistics()).body).decode()
    assert "10 rows of validation and test have a class that no training row has" in page


def test_statistics_of_a_number(make_dataset: MakeDataset) -> None:
    dataset = make_dataset(table(), label=MASS, partitions=3, **COMMON)
    assert dataset.manifest.classes is None
    assert dataset.manifest.left_out.without_label == 24  # missing, and no number
    train = dataset.statistics().splits["train"]
    values = np.array(labels_of(dataset, "train"))
    assert isinstance(train.label, NumberLabelStatistics)
    numbers = train.label.numbers
    assert (numbers.count, numbers.missing, numbers.min, numbers.max) == (len(values), 0, values.min(), values.max())
    assert numbers.mean == pytest.approx(math.fsum(values) / len(values), rel=1e-14)
    assert numbers.std == pytest.approx(values.std(), rel=1e-10)
    assert numbers.median == pytest.approx(np.median(values))
    assert numbers.quantiles is not None
    assert numbers.quantiles.at(0.9) == pytest.approx(np.quantile(values, 0.9))
    assert dataset.values("mass").counts("train").to_numpy().sum() == len(values)
    both = train.features["x"].label
    assert both is not None
    assert both.mean_where_missing is not None
    assert both.mean_where_present is not None
    assert both.mean_where_present - both.mean_where_missing == pytest.approx(300, abs=150)
    share = train.features["x"].missing / train.rows
    mean = share * both.mean_where_missing + (1 - share) * both.mean_where_present
    assert mean == pytest.approx(numbers.mean, rel=1e-12)
    assert both.correlation is not None
    apart = both.mean_where_missing - both.mean_where_present
    assert both.correlation == pytest.approx(apart * math.sqrt(share * (1 - share)) / values.std(), rel=1e-9)


@pytest.mark.parametrize(
    ("records", "layout", "label", "offset", "unit"),
    [
        ("none", "columns", {"column": "y"}, 1e9, 1.0),
        ("none", "columns", {"expression": "y"}, 0.0, 1e20),
        ("raw", "columns", {"column": "z"}, 1e9, 1.0),
        ("raw", "packed", {"column": "y"}, -1e99, 1e98),
        ("transformed", "columns", {"expression": "y"}, 1e9, 1.0),
        ("transformed", "packed", {"column": "y"}, 1e15, 1e3),
    ],
)
def test_numbers_that_float32_cannot_hold(
    make_dataset: MakeDataset, records: str, layout: str, label: dict[str, str], offset: float, unit: float
) -> None:
    values = offset + unit * np.random.default_rng(4).normal(size=200)
    text = "y,x\n" + "".join(f"{value!r},{at}\n" for at, value in enumerate(values.tolist()))
    body: dict[str, Any] = {"features": {"x": {"kind": "numeric"}}, "remaining": "exclude"}
    body |= {"derive": {"z": "y"}} if label.get("column") == "z" else {}
    dataset = make_dataset(text, label={**label, "kind": "regression"}, records=records, layout=layout, **body)
    assert dataset.manifest.left_out.without_label == 0
    recorded = [labels_of(dataset, split) for split in SPLIT_NAMES]
    assert sorted(value for split in recorded for value in split) == sorted(values.tolist())
    train = dataset.statistics().splits["train"].label
    assert isinstance(train, NumberLabelStatistics)
    assert train.numbers.mean == pytest.approx(math.fsum(recorded[0]) / len(recorded[0]), rel=1e-15)
    deviations = (np.array(recorded[0]) - offset) / unit
    assert (train.numbers.std or 0) / unit == pytest.approx(deviations.std(), rel=1e-6)
    assert train.numbers.max == recorded[0][-1]
    assert report_page(dataset.manifest, dataset.statistics()).status_code == 200


@pytest.mark.parametrize("label", [SPECIES, MASS], ids=["classes", "numbers"])
def test_partitions_change_nothing(make_dataset: MakeDataset, label: dict[str, Any]) -> None:
    made = [make_dataset(table(), label=label, partitions=n, **COMMON) for n in (1, 5)]
    assert made[0].manifest.fingerprint == made[1].manifest.fingerprint


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ({"expression": "upper(species)", "kind": "multiclass"}, ["ADELIE", "CHINSTRAP", "GENTOO", 'Æ, THE "FOURTH"']),
        ({"expression": "grade div 10", "kind": "multiclass"}, [-1, 0, 1]),
        ({"expression": "mass / 1000", "kind": "regression"}, None),
    ],
    ids=["text", "whole", "number"],
)
def test_labels_of_expressions(make_dataset: MakeDataset, label: dict[str, Any], expected: list[Any] | None) -> None:
    made = [
        make_dataset(table(), label=label, records=records, filter="x IS NOT NULL", **COMMON)
        for records in ("raw", "none")
    ]
    for dataset in made:
        assert dataset.manifest.classes == expected
        assert dataset.manifest.left_out.filtered > 50
    assert labels_of(made[0], "train") == labels_of(made[1], "train")
    if expected is None:
        assert np.mean(labels_of(made[0], "train")) == pytest.approx(4.3, abs=0.1)


def test_columns_with_types_of_their_own(make_dataset: MakeDataset) -> None:
    text = "".join(f'{{"y": {at % 3}, "z": {at / 4}, "s": "k{at % 3}", "x": {at}}}\n' for at in range(200))
    source = {"format": "jsonl", "uris": ["kinds.jsonl"]}
    body: dict[str, Any] = {"features": {"x": {"kind": "numeric"}}, "remaining": "exclude", "source": source}
    assert make_dataset(text, label={"column": "y", "kind": "multiclass"}, **body).manifest.classes == [0, 1, 2]
    assert make_dataset(text, label={"column": "s", "kind": "multiclass"}, **body).manifest.classes == [
        "k0",
        "k1",
        "k2",
    ]
    for column in ("y", "z"):
        made = make_dataset(text, label={"column": column, "kind": "regression"}, **body)
        assert isinstance(made.statistics().splits["train"].label, NumberLabelStatistics)


def test_tfdv_reads_them(make_dataset: MakeDataset) -> None:
    for label, kind in ((SPECIES, protos.FeatureNameStatistics.STRING), (MASS, protos.FeatureNameStatistics.FLOAT)):
        dataset = make_dataset(table(), label=label, **COMMON)
        artifact = dataset.manifest.statistics_proto
        assert artifact is not None
        message = protos.DatasetFeatureStatisticsList.FromString(dataset.checked(artifact).to_pybytes())
        found = message.datasets[0].features[-1]
        train = dataset.statistics().splits["train"]
        assert found.type == kind
        if isinstance(train.label, ClassLabelStatistics):
            counts = {str(each.value): each.count for each in train.label.classes}
            assert {each.value: each.frequency for each in found.string_stats.top_values} == counts
            assert found.string_stats.common_stats.num_non_missing == train.rows
        elif isinstance(train.label, NumberLabelStatistics):
            assert found.num_stats.mean == train.label.numbers.mean
            assert sum(each.sample_count for each in found.num_stats.histograms[0].buckets) == train.rows


def test_pages_and_comparisons_tell_the_kinds(make_dataset: MakeDataset) -> None:
    request = CompareRequest.model_validate({"with": "other"})
    classes = make_dataset(table(), label=SPECIES, **COMMON)
    fewer = make_dataset(table().replace('"Gentoo"', '"Emperor"'), label=SPECIES, **COMMON)
    page = bytes(report_page(classes.manifest, classes.statistics()).body).decode()
    assert "<bdi>Chinstrap</bdi>" in page
    label = compare(request, fewer, classes).features[-1]
    assert (label.feature, label.kind) == ("species", "label")
    assert label.new is not None
    assert label.vanished is not None
    assert [each.text for each in label.new.top] == ["Emperor"]
    assert [each.text for each in label.vanished.top] == ["Gentoo"]
    assert label.exceeded

    numbers = make_dataset(table(), label=MASS, **COMMON)
    heavier = make_dataset(table(), label={"expression": "mass * 1.5", "kind": "regression"}, **COMMON)
    page = bytes(report_page(numbers.manifest, numbers.statistics()).body).decode()
    assert "standard deviation" in page
    found = compare(request, heavier, numbers).features[-1]
    assert found.kolmogorov_smirnov is not None
    assert found.kolmogorov_smirnov > 0.9
    same = compare(request, numbers, numbers).features[-1]
    assert (same.l_infinity, same.kolmogorov_smirnov) == (0, 0)
    apart = compare(request, numbers, classes).features[-1]
    assert (apart.l_infinity, apart.exceeded) == (None, [])


CLASS: dict[str, Any] = {"column": "y", "kind": "multiclass"}
NUMBER: dict[str, Any] = {"column": "y", "kind": "regression"}
FEW = "y,x\na,1\nb,2\n" * 20
NONE, HUGE = "y,x\n" + ",1\n" * 50, "y,x\n" + "1,1\n-3e100,1\n" * 50
MANY = "y,x\n" + "".join(f"k{at},{at}\n" for at in range(2000))
TAKEN = "y,x,y:float64\n" + "1,1,1\n2,1,1\n" * 50
BEYOND = "must be a number between .*Received: -"

REFUSED: dict[str, tuple[str, dict[str, Any], type[TandemError], str, str]] = {
    "one class": ("y,x\n" + "a,1\n" * 50, CLASS, UnusableLabel, "the label is 'a' in all", "/label/column"),
    "one number": ("y,x\n" + "4.5,1\n" * 50, NUMBER, UnusableLabel, "the label is the same in all", "/label/column"),
    "no class": (NONE, CLASS, UnusableLabel, "no row has a label", "/label/column"),
    "no number": (NONE, NUMBER, UnusableLabel, "no row has a label", "/label/column"),
    "too large": (HUGE, NUMBER, UnusableLabel, f"the label 'y' {BEYOND}3e", "/label/column"),
    "too large expression": (
        HUGE,
        {"expression": "y * 2", "kind": "regression"},
        UnusableLabel,
        f"the label's expression {BEYOND}6e",
        "/label/expression",
    ),
    "infinite": (
        "y,x\n1,1\n1e400,2\n3,3\n",
        NUMBER,
        UnusableLabel,
        "the label 'y' must be a number between .*Received: inf",
        "/label/column",
    ),
    "name in use": (TAKEN, NUMBER, InvalidRequest, "records need the name 'y:float64' for the label", "/features"),
    "no number at all": ("y,x\n1,1\nfar,2\n3,3\n", NUMBER, UnparsableValue, "line 3.*'far'", "/features/y"),
    "too many": (MANY, CLASS, UnusableLabel, "the label has 1... classes; at most 1000", "/label/column"),
    "fraction": (
        FEW,
        {"expression": "x / 2", "kind": "multiclass"},
        InvalidRequest,
        "text, a whole number",
        "/label/expression",
    ),
    "text": (
        FEW,
        {"expression": "concat(y, 'z')", "kind": "regression"},
        InvalidRequest,
        "must be a number",
        "/label/expression",
    ),
}


@pytest.mark.parametrize(("content", "label", "error", "said", "pointer"), REFUSED.values(), ids=REFUSED)
def test_labels_that_cannot_be_learned_are_refused(
    make_dataset: MakeDataset,
    content: str,
    label: dict[str, Any],
    error: type[TandemError],
    said: str,
    pointer: str,
) -> None:
    with pytest.raises(error, match=said) as caught:
        make_dataset(content, label=label)
    assert caught.value.pointer == pointer


SAID = ["Yes", "yes", " Yes", "NO", "no\t", "maybe"]
OPTIONS = {"strip": True, "fold_case": True}


@pytest.mark.parametrize("sql", [{}, {"filter": "x >= 0"}])
def test_spellings_of_a_class_are_one_class(make_dataset: MakeDataset, sql: dict[str, str]) -> None:
    text = "said,x,word\n" + "".join(f"{SAID[at % 6]},{at},w{at % 4}\n" for at in range(600))
    label = {"column": "said", "kind": "multiclass", **OPTIONS}
    dataset = make_dataset(text, label=label, records="none", **COMMON, **sql)
    assert dataset.manifest.classes == ["maybe", "no", "yes"]
    counted: Counter[str] = Counter()
    for split in dataset.statistics().splits.values():
        assert isinstance(split.label, ClassLabelStatistics)
        counted.update({str(found.value): found.count for found in split.label.classes})
    assert counted == {"maybe": 100, "no": 200, "yes": 300}
    assert b">yes<" in bytes(report_page(dataset.manifest, dataset.statistics()).body)
    said = make_dataset(text, label={"column": "said", "positive": "yes", **OPTIONS}, records="none", **COMMON, **sql)
    ones = [split.label for split in said.statistics().splits.values()]
    assert sum(found.positives for found in ones if isinstance(found, LabelStatistics)) == 300
    assert said.manifest.split_rule == dataset.manifest.split_rule
