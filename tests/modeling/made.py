"""Datasets made by hand: the form that preprocessing publishes, without Spark, from rows that a test can see."""

from __future__ import annotations

import csv
import hashlib
import io
import math
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import tensorflow as tf
from tests.artifacts import write_artifact
from tests.modeling.made_records import (
    byte_list,
    doubles,
    numbers,
    oracle,
    raw_features,
    raw_matrices,
    real,
    serialized,
    signed_log1p,
    whole,
)

from contracts.classes import ClassName
from contracts.dataset.data_folder import DataFolder
from contracts.dataset.key_hashes import KEY_HASHES
from contracts.dataset.manifest import (
    Artifact,
    LeftOut,
    Manifest,
    Shard,
    SourceFile,
    SourceRange,
    SplitContent,
    ValuesFile,
)
from contracts.dataset.published import Dataset, publish_dataset
from contracts.dataset.sample import Sample
from contracts.dataset.split_rule import SplitColumn, SplitRule
from contracts.dataset.value_counts import VALUE_COUNTS, value_counts_file
from contracts.dataset.vocabulary import Vocabulary
from contracts.schema import (
    SPLIT_NAMES,
    Categorical,
    Label,
    Layout,
    Numeric,
    Records,
    Schema,
    SplitName,
    indicator_name,
)
from contracts.source import DelimitedText
from contracts.statistics import (
    AnyLabelStatistics,
    CategoricalStatistics,
    ClassCount,
    ClassLabelStatistics,
    LabelStatistics,
    NumberLabelStatistics,
    NumericStatistics,
    Quantiles,
    SplitStatistics,
    Statistics,
    TopToken,
)
from contracts.storage import Storage
from sources.values.text_values import ARROW_TYPES

Row = dict[str, Any]

PERCENTS: list[float] = np.linspace(0, 1, 101).tolist()
SPLIT_RULE = SplitRule(
    by="key",
    columns=[SplitColumn(name="id", null_values=[""])],
    shares={"train": 0.8, "test": 0.2},
)
NASTY = [b"line\nbreak", b'quo"ted', b"comma,d", b"null", b"1:x", "日本".encode(), b"\xff\xfe", b"nul\x00byte"]

SCHEMA = Schema(
    features={
        "distance km": Numeric(dtype="float64", indicator=True),
        "carrier/日本": Categorical(),
        "class": Numeric(dtype="int64", scale="none", indicator=True),
        "constant": Numeric(dtype="float64"),
        "all:missing": Numeric(dtype="int64", indicator=True),
        "origin": Categorical(),
        "always": Categorical(),
    },
    label=Label(column="late"),
    null_tokens=["", "NA"],
)
"""Names that are no Python names, kinds in no order, a column without values, a constant one, an empty category."""


def make_rows(count: int, seed: int = 0) -> list[Row]:
    """Rows that can be learned from; missing values are None, and every seventh origin is unknown to the vocabulary."""
    generator = np.random.default_rng(seed)
    rows: list[Row] = []
    for _ in range(count):
        distance = float(np.float32(generator.normal(1000, 300)))
        grade = int(generator.integers(-3, 40))
        carrier = NASTY[int(generator.integers(len(NASTY)))]
        odds = (distance - 1000) / 150 + (2.0 if carrier in NASTY[:3] else -2.0) + (grade - 18) / 20
        rows.append(
            {
                "distance km": None if generator.random() < 0.1 else distance,
                "carrier/日本": None if generator.random() < 0.1 else carrier,
                "class": None if generator.random() < 0.2 else grade,
                "constant": 7.25,
                "all:missing": None,
                "origin": None if generator.random() < 0.1 else b"origin %d" % generator.integers(7),
                "always": None,
                "late": int(generator.random() < 1 / (1 + math.exp(-odds))),
            }
        )
    return rows


@dataclass(frozen=True)
class Made:
    """A dataset to publish: rows, each row's split (0: left out), and the form of the records."""

    rows: list[Row]
    splits: list[int]
    schema: Schema = SCHEMA
    records: Records = "raw"
    layout: Layout = "packed"
    compression: Any = "none"
    name: str = "made"
    fingerprint: str = "f" * 64
    split_rule: SplitRule | None = SPLIT_RULE
    classes: list[ClassName] | None = None
    """Of a multiclass label: rows hold ids."""
    float64_labels: bool = False
    """Of a regression: labels are recorded as float64 too, as releases do since decision 0031."""
    key: str | None = None
    """The column whose hash is recorded as the key of training rows, so that folds keep rows of one value together."""
    unknown: frozenset[bytes] = field(default_factory=lambda: frozenset({b"origin 6"}))

    def of(self, split: SplitName) -> list[Row]:
        """The rows of one split."""
        return [row for row, at in zip(self.rows, self.splits, strict=True) if at == SPLIT_NAMES.index(split) + 1]

    @property
    def vocabularies(self) -> dict[str, Vocabulary]:
        """By descending count in the training split, ties by bytes; without the tokens that are to be unknown."""
        found: dict[str, Vocabulary] = {}
        for name in self.schema.token_columns:
            tokens = [row[name] for row in self.of("train") if row[name] and row[name] not in self.unknown]
            counts = sorted(((tokens.count(token), token) for token in set(tokens)), key=lambda at: (-at[0], at[1]))
            found[name] = Vocabulary.of([token for _, token in counts], [count for count, _ in counts])
        return found

    @property
    def statistics(self) -> Statistics:
        """What the training needs of them, and nothings for the rest."""
        return Statistics(splits={split: self._split_statistics(self.of(split)) for split in SPLIT_NAMES})

    def _split_statistics(self, rows: list[Row]) -> SplitStatistics:
        features: dict[str, Any] = {name: self._token_statistics(rows, name) for name in self.schema.token_columns}
        for name in self.schema.number_columns:
            features[name] = _numeric_statistics(numbers(rows, name))
        return SplitStatistics(rows=len(rows), features=features, label=self._label_statistics(rows))

    def _label_statistics(self, rows: list[Row]) -> AnyLabelStatistics:
        labels = [row[self.schema.label.name] for row in rows]
        match self.schema.label.kind:
            case "binary":
                return LabelStatistics(count=len(rows), positives=sum(labels))
            case "multiclass":
                assert self.classes is not None
                counts = [ClassCount(value=name, count=labels.count(at)) for at, name in enumerate(self.classes)]
                return ClassLabelStatistics(count=len(rows), classes=counts)
            case "regression":
                found = _numeric_statistics(np.array(labels, np.float64 if self.float64_labels else np.float32))
                return NumberLabelStatistics(count=len(rows), numbers=found)

    def _token_statistics(self, rows: list[Row], name: str) -> CategoricalStatistics:
        counts = Counter(row[name] for row in rows if row[name])
        top = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
        return CategoricalStatistics(
            count=counts.total(),
            missing=len(rows) - counts.total(),
            distinct=len(counts),
            average_length=None,
            top=[TopToken.of(token, count) for token, count in top[:20]],
        )

    def _write_values(self, folder: DataFolder) -> dict[str, ValuesFile]:
        """Exact counts of every numeric column's values, in one file."""
        batches: list[pa.RecordBatch] = []
        for name in self.schema.number_columns:
            columns = {split: doubles(self.of(split), name) for split in SPLIT_NAMES}
            values = np.unique(np.concatenate([column[np.isfinite(column)] for column in columns.values()]))
            counts = [[int((column == value).sum()) for value in values] for column in columns.values()]
            arrays = [pa.array(values), pa.array(values), *(pa.array(each, pa.int64()) for each in counts)]
            batches.append(pa.RecordBatch.from_arrays(arrays, schema=VALUE_COUNTS))
        artifact = write_artifact(folder, folder.values(0), value_counts_file(batches))
        return {
            name: ValuesFile(**artifact.model_dump(), batch=at, shift=0)
            for at, name in enumerate(self.schema.number_columns)
        }

    def publish(self, storage: Storage) -> Dataset:
        """Write all files, the manifest last."""
        folder = DataFolder(storage, self.name, "job-1")
        folder.create()
        source, file, ranges = self._write_source(storage)
        manifest = Manifest(  # pyright: ignore[reportCallIssue]  # its field is named by an alias
            name=self.name,
            fingerprint=self.fingerprint,
            created=datetime.now(UTC),
            folder=folder.name,
            schema=self.schema,  # pyright: ignore[reportCallIssue]
            source=source,
            files=[file],
            ranges=[part for part, _ in ranges],
            records=self.records,
            layout=self.layout,
            compression=self.compression,
            splits={split: SplitContent(rows=len(self.of(split)), content="0" * 16) for split in SPLIT_NAMES},
            split_rule=self.split_rule,
            left_out=LeftOut(without_label=self.splits.count(0)),
            sample=write_artifact(folder, folder.sample, self._sample().to_bytes()),
            classes=self.classes,
            has_float64_labels=self.float64_labels,
            statistics=write_artifact(folder, folder.statistics, self.statistics.model_dump_json().encode()),
            values=self._write_values(folder),
            vocabularies={
                name: write_artifact(folder, folder.vocabulary(number), vocabulary.to_bytes())
                for number, (name, vocabulary) in enumerate(self.vocabularies.items())
            },
            shards=[] if self.records == "none" else self._write_shards(folder),
            rows=self._write_rows(folder, [count for _, count in ranges]) if self.records == "none" else [],
            keys=[] if self.key is None else [self._write_keys(folder, self.key)],
            request={},
            seconds={},
        )
        folder.finish()
        return publish_dataset(storage, manifest)

    def _sample(self) -> Sample:
        """Up to forty rows of the training split and ten of the validation split, where the records have them."""
        codes: list[int] = []
        positions: list[int] = []
        rows: list[Row] = []
        for code, wanted in ((1, 40), (2, 10)):
            found = self.of(SPLIT_NAMES[code - 1])
            if self.records != "none":  # a shard has every second row
                found = found[0::2] + found[1::2]
            chosen = sorted({at * len(found) // wanted for at in range(wanted)} if found else set())
            codes += [code] * len(chosen)
            positions += chosen
            rows += [found[at] for at in chosen]
        kinds = self.schema.kept_types
        columns = {name: pa.array([row[name] for row in rows], ARROW_TYPES[kind]) for name, kind in kinds.items()}
        return Sample(np.array(codes, np.uint8), np.array(positions, np.int64), pa.record_batch(columns))

    def _write_keys(self, folder: DataFolder, name: str) -> Artifact:
        """The hash of each training row's key, in the order of the records."""
        rows = self.of("train")
        ordered = rows if self.records == "none" else rows[0::2] + rows[1::2]
        hashes = [int.from_bytes(hashlib.sha256(repr(row[name]).encode()).digest()[:4]) for row in ordered]
        batch = pa.record_batch([pa.array(hashes, pa.uint32())], schema=KEY_HASHES)
        sink = pa.BufferOutputStream()
        with pa.ipc.new_file(sink, KEY_HASHES) as writer:
            writer.write_batch(batch)
        return write_artifact(folder, folder.keys(0), sink.getvalue().to_pybytes())

    def _write_shards(self, folder: DataFolder) -> list[Shard]:
        shards: list[Shard] = []
        ending = "GZIP" if self.compression == "gzip" else ""
        for split in SPLIT_NAMES:
            parts = [part for part in (self.of(split)[0::2], self.of(split)[1::2]) if part]
            for at, rows in enumerate(parts):
                path = folder.shard(split, at, len(parts), self.compression)
                local = folder.files.local_path(path)
                assert local is not None
                local.parent.mkdir(parents=True, exist_ok=True)
                with tf.io.TFRecordWriter(str(local), ending) as writer:
                    for row in rows:
                        writer.write(self.example(row))
                shards.append(Shard(split=split, rows=len(rows), **_artifact(folder, path).model_dump()))
        return shards

    def _write_source(self, storage: Storage) -> tuple[DelimitedText, SourceFile, list[tuple[SourceRange, int]]]:
        """A CSV file in two ranges. Text is written as Latin-1, which gives every byte back."""
        root = storage.local_path()
        assert root is not None
        path = root.parent / f"{self.name}.csv"
        root.mkdir(parents=True, exist_ok=True)
        names = [*self.schema.features, self.schema.label.name]
        pieces = [_csv([[row[name] for name in names] for row in part]) for part in _halves(self.rows)]
        header = _csv([[name.encode() for name in names]])
        path.write_bytes(header + b"".join(pieces))
        source = DelimitedText(format="csv", uris=[str(path)], columns=names, null_values=self.schema.null_tokens)
        ends = np.cumsum([len(header), *(len(piece) for piece in pieces)]).tolist()
        ranges = [
            (SourceRange(file=0, start=begin, end=end), len(part))
            for begin, end, part in zip(ends[:-1], ends[1:], _halves(self.rows), strict=True)
        ]
        state = path.stat()
        return source, SourceFile(uri=str(path), bytes=state.st_size, modified_ns=state.st_mtime_ns), ranges

    def _write_rows(self, folder: DataFolder, counts: list[int]) -> list[Artifact]:
        artifacts: list[Artifact] = []
        begin = 0
        for at, count in enumerate(counts):
            rows = slice(begin, begin + count)
            begin += count
            labels = [float(row[self.schema.label.name]) for row in self.rows[rows]]
            columns = {
                "split": pa.array(self.splits[rows], pa.uint8()),
                "label": pa.array(labels, pa.float64() if self.float64_labels else pa.float32()),
            }
            if self.schema.weight is not None:
                weights = [row[self.schema.weight] for row in self.rows[rows]]
                columns["weight"] = pa.array(weights, pa.float32())
            batch = pa.record_batch(columns)
            sink = pa.BufferOutputStream()
            with pa.ipc.new_file(sink, batch.schema) as writer:
                writer.write_batch(batch)
            artifacts.append(write_artifact(folder, folder.rows(at), sink.getvalue().to_pybytes()))
        return artifacts

    def example(self, row: Row) -> bytes:
        """The row as a serialized tf.train.Example, in the form of this dataset's records."""
        features: dict[str, tf.train.Feature] = {}
        label = "label" if self.layout == "packed" else self.schema.label.name
        kind = real if self.schema.label.kind == "regression" else whole
        features[label] = kind([row[self.schema.label.name]])
        if self.float64_labels:
            (bits,) = np.array([row[self.schema.label.name]], np.float64).view(np.int64).tolist()
            features[f"{label}:float64"] = whole([bits])
        if self.schema.weight is not None:
            features["weight"] = real([row[self.schema.weight]])
        if self.records == "raw" and self.layout == "columns":
            features |= raw_features(self.schema, row)
            return serialized(features)
        numeric, tokens = raw_matrices(self.schema, [row])
        categorical = [byte_list(tokens[0])]
        if self.records == "transformed":
            numeric, ids = oracle(self, [row])
            categorical = [whole(ids[0].tolist())]
        if self.layout == "packed":
            return serialized({**features, "numeric": real(numeric[0]), "categorical": categorical[0]})
        names = [*self.schema.number_columns, *(indicator_name(name) for name in self.schema.indicators)]
        features |= {name: real([value]) for name, value in zip(names, numeric[0], strict=True)}
        _, ids = oracle(self, [row])
        features |= {name: whole([int(ids[0, at])]) for at, name in enumerate(self.schema.token_columns)}
        return serialized(features)


def _numeric_statistics(values: np.ndarray) -> NumericStatistics:
    there = values[np.isfinite(values)].astype(np.float64)
    return NumericStatistics(
        count=len(there),
        missing=len(values) - len(there),
        infinite=0,
        zeros=0,
        negative=0,
        mean=float(there.mean()) if len(there) else None,
        std=float(there.std()) if len(there) else None,
        min=float(there.min()) if len(there) else None,
        max=float(there.max()) if len(there) else None,
        log1p_mean=float(signed_log1p(there).mean()) if len(there) else None,
        log1p_std=float(signed_log1p(there).std()) if len(there) else None,
        median=float(np.median(there)) if len(there) else None,
        quantiles=Quantiles(probabilities=PERCENTS, values=np.quantile(there, PERCENTS).tolist())
        if len(there)
        else None,
    )


def _halves(rows: list[Row]) -> list[list[Row]]:
    return [rows[: len(rows) // 2], rows[len(rows) // 2 :]]


def _csv(rows: list[list[Any]]) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    for row in rows:
        writer.writerow([_text(value) for value in row])
    return text.getvalue().encode("latin-1")


def _text(value: Any) -> str:
    if value is None:
        return ""
    return value.decode("latin-1") if isinstance(value, bytes) else repr(value)


def _artifact(folder: DataFolder, path: str) -> Artifact:
    local = folder.files.local_path(path)
    assert isinstance(local, Path)
    data = local.read_bytes()
    return Artifact(path=path, bytes=len(data), sha256=hashlib.sha256(data).hexdigest())
