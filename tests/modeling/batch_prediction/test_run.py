from __future__ import annotations

import csv
import gzip
import hashlib
import json
import resource
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import tensorflow as tf
from pyarrow import parquet
from sklearn.metrics import roc_auc_score
from tests.modeling.made import SCHEMA, Made, Row, make_rows
from tests.modeling.made_records import byte_list, raw_features
from tests.modeling.served import served
from tests.modeling.trained import Trained
from tests.modeling.trained import run as train_once

from chassis.engine.engine import JobContext
from contracts.dataset.rejected_rows import from_lines
from contracts.errors import Cancelled, InvalidRequest, NameTaken, NotFound, TandemError, UnreadableFile
from contracts.messages.batch_predictions import BatchRequest, Predictions
from contracts.schema import Categorical, Label, Schema
from contracts.storage import Storage
from modeling.batch_prediction.repository import read_predictions
from modeling.batch_prediction.run import predict_files
from modeling.protocols.tensorflow_predict import predict
from modeling.repository.labels import change_labels

TEXT = {b"line\nbreak", b'quo"ted', b"comma,d", b"null", b"1:x", "日本".encode()}


def text_rows(count: int) -> list[Row]:
    """Rows whose tokens are all text, so that every format can hold them, with a key."""
    rows = make_rows(count, seed=9)
    for at, row in enumerate(rows):
        row["carrier/日本"] = row["carrier/日本"] if row["carrier/日本"] in TEXT else None
        row["id"] = f"row {at}".encode()
    return rows


def as_text(value: Any) -> Any:
    return value.decode() if isinstance(value, bytes) else value


def write_csv(path: Path, rows: list[Row], delimiter: str = ",") -> None:
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, delimiter=delimiter)
        writer.writerow(rows[0])
        writer.writerows([["" if value is None else as_text(value) for value in row.values()] for row in rows])


def write_json_lines(path: Path, rows: list[Row]) -> None:
    lines = [json.dumps({name: as_text(value) for name, value in row.items()}) for row in rows]
    path.write_text("\n".join(lines), encoding="utf-8")


def table_of(rows: list[Row]) -> pa.Table:
    kinds = {"all:missing": pa.int64(), "always": pa.string()}
    return pa.table({name: pa.array([as_text(row[name]) for row in rows], kinds.get(name)) for name in rows[0]})


def write_arrow(path: Path, rows: list[Row]) -> None:
    table = table_of(rows)
    with pa.ipc.new_file(str(path), table.schema) as writer:
        writer.write_table(table, max_chunksize=40)


def write_records(path: Path, rows: list[Row]) -> None:

    with tf.io.TFRecordWriter(str(path), "GZIP" if path.suffix == ".gz" else "") as writer:
        for row in rows:
            features = {**raw_features(SCHEMA, row), "id": byte_list([row["id"]])}
            writer.write(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())


FORMATS: dict[str, tuple[str, Callable[[Path, list[Row]], None]]] = {
    "a.csv": ("csv", write_csv),
    "a.tsv": ("tsv", lambda path, rows: write_csv(path, rows, "\t")),
    "a.jsonl": ("jsonl", write_json_lines),
    "a.parquet": ("parquet", lambda path, rows: parquet.write_table(table_of(rows), path, row_group_size=37)),
    "a.arrow": ("arrow", write_arrow),
    "a.tfrecord": ("tfrecord", write_records),
    "a.tfrecord.gz": ("tfrecord", write_records),
}


@pytest.fixture(scope="module")
def home(trained: Trained, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder for source files; predictions go to the storage of the trained model."""
    return tmp_path_factory.mktemp("batch")


def run(
    trained: Trained, home: Path, job: str = "job", context: JobContext | None = None, **request: Any
) -> Predictions:
    body = BatchRequest.model_validate({"name": job, "model": "m", **request})
    return predict_files(trained.storage, [str(home)], body, context or JobContext.alone(job))


def rows_of(storage: Storage, found: Predictions) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = []
    for file in found.files:
        data = storage.read(file.path)
        assert (len(data), hashlib.sha256(data).hexdigest()) == (file.bytes, file.sha256)
        if found.request.format == "parquet":
            part = parquet.read_table(pa.BufferReader(data)).to_pylist()
        else:
            part = [json.loads(line) for line in data.splitlines()]
        assert len(part) == file.rows
        rows += part
    return rows


def asked(trained: Trained, rows: list[Row], version: int) -> list[float]:
    """What predict over HTTP's own way says of the rows."""
    with served(trained.storage) as predictor:
        features = predictor.registry.get("m", version).manifest.schema_.features
        instances = [{name: as_text(row[name]) for name in features} for row in rows]
        body = json.dumps({"instances": instances}).encode()
        return json.loads(predictor.answer("m", predict(body), version=version).body)["predictions"]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_gives_what_predict_gives(trained: Trained, home: Path, name: str) -> None:
    kind, write = FORMATS[name]
    rows = text_rows(100)
    write(home / name, rows)
    output = "jsonl" if kind in {"tsv", "jsonl"} else "parquet"
    source = {"format": kind, "uris": [name]}
    job = name.replace(".", "-")
    found = run(trained, home, job, source=source, keys=["id"], format=output, batch_size=16)
    lines = rows_of(trained.storage, found)
    assert (found.rows, found.version, found.columns) == (100, 2, ["id", "predictions"])
    assert [line["id"] for line in lines] == [f"row {at}" for at in range(100)]
    assert [line["predictions"] for line in lines] == pytest.approx(asked(trained, rows, 2), abs=1e-6)
    assert read_predictions(trained.storage, job) == found


def test_several_files_in_order_compressed_or_not_and_a_numeric_key(trained: Trained, home: Path) -> None:
    rows = text_rows(30)
    (home / "many").mkdir()
    write_csv(home / "many/1.csv", rows[:10])
    write_csv(home / "many/2.csv", rows[10:])
    (home / "many/2.csv.gz").write_bytes(gzip.compress((home / "many/2.csv").read_bytes()))
    (home / "many/2.csv").unlink()
    source = {"format": "csv", "uris": ["many"]}
    found = run(trained, home, "many", source=source, keys=["class", "id"], version=1)
    lines = rows_of(trained.storage, found)
    assert [line["class"] for line in lines] == [row["class"] for row in rows]
    assert [line["predictions"] for line in lines] == pytest.approx(asked(trained, rows, 1), abs=1e-6)


def test_a_label_says_which_version(trained: Trained, home: Path) -> None:
    write_csv(home / "label.csv", text_rows(3))
    source = {"format": "csv", "uris": ["label.csv"]}
    change_labels(trained.storage, "m", lambda _: {"old": 1})
    assert run(trained, home, "by-label", source=source, label="old").version == 1
    change_labels(trained.storage, "m", lambda _: {})
    with pytest.raises(NotFound, match="no label 'old'") as caught:
        run(trained, home, "by-no-label", source=source, label="old")
    assert caught.value.pointer == "/label"


def test_columns_that_are_absent_are_an_error_or_missing(trained: Trained, home: Path) -> None:
    rows = [{"id": b"a", "distance km": 1000.0}, {"id": b"b", "distance km": None}]
    write_csv(home / "few.csv", rows)
    source = {"format": "csv", "uris": ["few.csv"]}
    with pytest.raises(InvalidRequest, match="no column for 'carrier/日本'"):
        run(trained, home, "few", source=source)
    found = run(trained, home, "few", source=source, absent_columns="missing")
    whole = [dict.fromkeys(trained.made.schema.features) | {"distance km": row["distance km"]} for row in rows]
    predictions = [line["predictions"] for line in rows_of(trained.storage, found)]
    assert predictions == pytest.approx(asked(trained, whole, 2), abs=1e-6)


def test_one_malformed_row_no_longer_ends_a_batch_that_may_skip_some(trained: Trained, home: Path) -> None:
    rows = text_rows(20)
    write_csv(home / "some.csv", rows)
    lines = (home / "some.csv").read_bytes().split(b"\r\n")
    (home / "some.csv").write_bytes(b"\r\n".join([lines[0], b"too,few", *lines[1:]]))
    source = {"format": "csv", "uris": ["some.csv"]}
    with pytest.raises(UnreadableFile, match=r"some\.csv, line 2: .* max_bad_records lets a job skip such rows"):
        run(trained, home, "some", source=source)
    predictions = run(trained, home, "some", source=source, keys=["id"], max_bad_records=1)
    assert [line["id"] for line in rows_of(trained.storage, predictions)] == [f"row {at}" for at in range(20)]
    assert predictions.rejected is not None
    assert predictions.rejected.path == f"{predictions.folder}/rejected.jsonl"
    (rejected,) = from_lines(trained.storage.read(predictions.rejected.path))
    assert (Path(rejected.file).name, rejected.line, rejected.text) == ("some.csv", 2, "too,few\r\n")


@pytest.mark.parametrize(
    ("content", "request_", "error", "words"),
    [
        ("distance km,id\nfar,1\n", {"absent_columns": "missing"}, TandemError, "line 2, column 'distance km'"),
        ("id\n1\n", {"absent_columns": "missing", "keys": ["nothing"]}, InvalidRequest, "no column 'nothing'"),
        (
            "predictions\n1\n",
            {"absent_columns": "missing", "keys": ["predictions"]},
            InvalidRequest,
            "that name already",
        ),
        ("", {}, UnreadableFile, "is empty"),
    ],
)
def test_what_cannot_be_predicted_leaves_nothing_behind(
    trained: Trained, home: Path, content: str, request_: dict[str, Any], error: type[Exception], words: str
) -> None:
    (home / "bad.csv").write_text(content)
    with pytest.raises(error, match=words):
        run(trained, home, "bad", source={"format": "csv", "uris": ["bad.csv"]}, **request_)
    assert not trained.storage.exists("predictions/bad")


def test_damaged_records_are_named(trained: Trained, home: Path) -> None:
    write_records(home / "cut.tfrecord", text_rows(3))
    (home / "cut.tfrecord").write_bytes((home / "cut.tfrecord").read_bytes()[:-3])
    with pytest.raises(UnreadableFile, match=r"cut\.tfrecord"):
        run(trained, home, "cut", source={"format": "tfrecord", "uris": ["cut.tfrecord"]})
    assert not trained.storage.exists("predictions/cut")


def test_a_name_is_used_once_but_a_job_may_come_again(trained: Trained, home: Path) -> None:
    write_csv(home / "again.csv", text_rows(3))
    source = {"format": "csv", "uris": ["again.csv"]}
    first = run(trained, home, "again", source=source)
    assert run(trained, home, "again", context=JobContext.alone("again", 2), source=source) == first
    with pytest.raises(NameTaken):
        run(trained, home, "again", context=JobContext.alone("other"), source=source)
    assert rows_of(trained.storage, first)


def test_cancel_leaves_nothing_behind(trained: Trained, home: Path) -> None:
    write_csv(home / "cancel.csv", text_rows(50))
    context = JobContext.alone("cancel", tell=lambda said: context.cancel() if said["phase"] == "predict" else None)
    with pytest.raises(Cancelled):
        run(trained, home, "cancel", context=context, source={"format": "csv", "uris": ["cancel.csv"]}, batch_size=10)
    assert not trained.storage.exists("predictions/cancel")


def test_memory_does_not_follow_the_size_of_the_file(trained: Trained, home: Path) -> None:
    write_csv(home / "one.csv", [{**row, "filler": b"x" * 4000} for row in text_rows(5000)])
    header, _, body = (home / "one.csv").read_bytes().partition(b"\n")
    peaks: list[int] = []
    for repeats in (3, 20):
        with (home / "large.csv").open("wb") as stream:
            stream.writelines([header, b"\n", *[body] * repeats])
        source = {"format": "csv", "uris": ["large.csv"]}
        assert run(trained, home, f"large-{repeats}", source=source, keys=["id"]).rows == 5000 * repeats
        peaks.append(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024)
    size = (home / "large.csv").stat().st_size
    (home / "large.csv").unlink()
    assert peaks[1] - peaks[0] < size / 2, "the second file is larger by 0.85 of its size"


def test_ids_and_booleans_as_pandas_writes_them_are_known_from_json_and_parquet(
    storage: Storage, tmp_path: Path
) -> None:
    draw = np.random.default_rng(3)
    stores, members = draw.integers(0, 12, 1500), draw.random(1500) < 0.5
    labels = (draw.random(1500) < 1 / (1 + np.exp(4 - 4 * (stores % 2) - 4 * members))).astype(int)
    schema = Schema(
        features={"store": Categorical(spelling="canonical"), "member": Categorical(spelling="canonical")},
        label=Label(column="y"),
    )
    made = [
        {"store": b"%d" % (101 + store), "member": b"true" if member else b"false", "y": label}
        for store, member, label in zip(stores.tolist(), members.tolist(), labels.tolist(), strict=True)
    ]
    Made(made, [1 + (at % 5 == 4) * 2 for at in range(1500)], schema=schema).publish(storage)
    request = {"network": {"kind": "linear"}, "epochs": 12, "batch_size": 32, "learning_rate": 0.05}
    trained = train_once(storage, request, JobContext.alone())
    assert trained["evaluation"]["test"]["auc"] > 0.8
    values = [
        {"store": 101.0 + store, "member": member}
        for store, member in zip(stores.tolist(), members.tolist(), strict=True)
    ]
    texts = [{"store": f"{row['store']:.1f}", "member": str(row["member"])} for row in values]
    with served(storage) as predictor:
        by_values, by_text = (
            json.loads(predictor.answer("m", predict(json.dumps({"instances": rows}).encode())).body)["predictions"]
            for rows in (values, texts)
        )
    assert by_text == by_values
    assert roc_auc_score(labels, by_values) > 0.8
    parquet.write_table(pa.Table.from_pylist(values), tmp_path / "ids.parquet")
    body = {"name": "ids", "model": "m", "source": {"format": "parquet", "uris": ["ids.parquet"]}}
    predictions = predict_files(storage, [str(tmp_path)], BatchRequest.model_validate(body), JobContext.alone())
    (file,) = predictions.files
    written = parquet.read_table(str(storage.local_path(file.path)))["predictions"].to_numpy()
    np.testing.assert_allclose(written, by_values, rtol=1e-4)
