"""Dates and times of any format and zone are the same in every mode, from every file, at predict and in batch predictions.

What is expected is computed here with Python's datetime and zoneinfo, value by value.
"""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import tensorflow as tf
from pyarrow import feather, orc
from tests.conftest import MakeDataset
from tests.forms import FORMS
from tests.parity.ways import split_of_rows, training_inputs

from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest, UnparsableValue
from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.networks import Linear
from contracts.schema import SPLIT_NAMES
from contracts.storage import Storage
from modeling.batch_prediction.skipped_rows import SkippedRows
from modeling.batch_prediction.table_rows import Table
from modeling.decoding.raw_fields import Fields
from modeling.decoding.rows_and_columns import read_columns
from modeling.export.saved_model import export
from modeling.layers.model_inputs import ModelInputs
from modeling.networks.build import build_network
from modeling.networks.embeddings import Inputs
from modeling.optimization.objective import Target
from modeling.protocols import csv_body
from modeling.protocols.tensorflow_predict import read

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
FIRST = datetime(2013, 3, 9, 20, 15, 30, 250_000, tzinfo=UTC).replace(tzinfo=None)
ROWS = 96
NEW_YORK, CHATHAM, KOLKATA = "America/New_York", "Pacific/Chatham", "Asia/Kolkata"
PARTS = ["month", "day", "weekday", "hour", "minute"]
FEATURES: dict[str, dict[str, Any]] = {
    "us": {"kind": "datetime", "format": "%m/%d/%Y %I:%M %p", "zone": NEW_YORK, "parts": PARTS},
    "iso": {"kind": "datetime", "zone": CHATHAM, "parts": PARTS, "since": "us"},
    "plain": {"kind": "datetime", "parts": ["hour", "weekday"]},
    "digits": {"kind": "datetime", "format": "%Y%m%d", "parts": ["year", "day_of_year"], "since": "2013-01-01"},
    "offset": {"kind": "datetime", "format": "%d %b %Y %H:%M:%S %z", "parts": ["hour"]},
    "seconds": {"kind": "datetime", "format": "unix_s", "zone": KOLKATA, "parts": ["hour", "second"]},
    "millis": {"kind": "datetime", "format": "unix_ms", "parts": ["minute"], "cyclic": True},
    "nanos": {"kind": "datetime", "format": "unix_ns", "parts": ["day"], "zone": NEW_YORK},
}
COLUMNS = list(FEATURES)
Row = dict[str, Any]


def wall(when: datetime, zone: str) -> datetime:
    """When the zone's clocks showed a time; of two the first, and a skipped one later by the gap."""
    return when.replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def row(index: int) -> tuple[Row, dict[str, datetime]]:
    """One row as it is written, and the instants that it means. The clocks of New York and Chatham change among them."""
    local = FIRST + timedelta(hours=index * 61, minutes=index * 7)
    minute = local.replace(second=0, microsecond=0)
    east = timedelta(hours=index % 27 - 12, minutes=30 * (index % 2))
    utc = local.replace(tzinfo=UTC)
    offset = f"{'-' if east < timedelta(0) else '+'}{abs(east) // timedelta(hours=1):02d}:{30 * (index % 2):02d}"
    iso = local.isoformat() if index % 3 else f"{local:%Y-%m-%d %H:%M:%S}+02:00"
    written: Row = {
        "us": f"{minute:%m/%d/%Y %I:%M %p}" if index % 2 else f"{minute.month}/{minute.day}/{minute:%Y %I:%M %p}",
        "iso": iso,
        "plain": f"{minute:%Y-%m-%d %H:%M}",
        "digits": int(f"{local:%Y%m%d}"),
        "offset": f"{local:%d %b %Y %H:%M:%S} {offset}",
        "seconds": (utc - EPOCH) / timedelta(seconds=1),
        "millis": (utc - EPOCH) // timedelta(milliseconds=1),
        "nanos": (utc - EPOCH) // timedelta(microseconds=1) * 1000 + 999,
    }
    sign = -1 if offset.startswith("-") else 1
    shown = sign * timedelta(hours=int(offset[1:3]), minutes=int(offset[4:]))
    meant = {
        "us": wall(minute, NEW_YORK),
        "iso": wall(local, CHATHAM)
        if index % 3
        else (local.replace(microsecond=0) - timedelta(hours=2)).replace(tzinfo=UTC),
        "plain": minute.replace(tzinfo=UTC),
        "digits": datetime(local.year, local.month, local.day, tzinfo=UTC),
        "offset": (local.replace(microsecond=0) - shown).replace(tzinfo=UTC),
        "seconds": utc,
        "millis": utc,
        "nanos": utc,
    }
    for place, name in enumerate(COLUMNS):
        if index % 11 == place:
            written[name] = None
            del meant[name]
    return written, meant


DRAWN = [row(index) for index in range(ROWS)]
READ: list[Row] = [written for written, _ in DRAWN]


def micros(when: datetime | None) -> int | None:
    return None if when is None else (when - EPOCH) // timedelta(microseconds=1)


def expected(meant: dict[str, datetime]) -> dict[str, Any]:
    values: dict[str, Any] = {}
    for name, feature in FEATURES.items():
        when = meant.get(name)
        here = None if when is None else when.astimezone(ZoneInfo(feature.get("zone", "UTC")))
        for part in feature["parts"]:
            value = None if here is None else part_of(here, part)
            if part == "year" or value is None:
                values[f"{name}:{part}"] = value
            elif feature.get("cyclic"):
                for wave in ("sin", "cos"):
                    values[f"{name}:{part}:{wave}"] = getattr(np, wave)(value * 2 * np.pi / 60)
            else:
                values[f"{name}:{part}"] = str(value)
        since = feature.get("since")
        if since is not None:
            start = meant.get(since) if since in FEATURES else datetime.fromisoformat(since).replace(tzinfo=UTC)
            values[f"{name}:days_since"] = None if when is None or start is None else (when - start) / timedelta(days=1)
    return values


def part_of(here: datetime, part: str) -> int:
    match part:
        case "weekday":
            return here.weekday()
        case "day_of_year":
            return here.timetuple().tm_yday
        case _:
            return getattr(here, part)


def csv_of(rows: list[Row]) -> str:
    out = io.StringIO(newline="")
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(["y", "id", *COLUMNS])
    for index, values in enumerate(rows):
        texts = [
            "NA" if value is None else f"{value:.6f}" if isinstance(value, float) else value
            for value in values.values()
        ]
        writer.writerow([index % 2, f"row-{index}", *texts])
    return out.getvalue()


def json_of(rows: list[Row]) -> str:
    return "".join(
        json.dumps({"y": index % 2, "id": f"row-{index}", **values}) + "\n" for index, values in enumerate(rows)
    )


def parsed(value: object, pattern: str) -> datetime | None:
    return None if value is None else datetime.strptime(str(value), pattern)  # noqa: DTZ007 - of a clock


def typed_of(rows: list[Row]) -> pa.Table:
    """As a file that carries types has them: times without zone, with one, dates, and numbers of several types."""
    columns: dict[str, pa.Array] = {
        "y": pa.array([index % 2 for index in range(len(rows))]),
        "id": pa.array([f"row-{index}" for index in range(len(rows))]),
    }
    columns |= {name: pa.array([values[name] for values in rows]) for name in COLUMNS}
    moments = [None if values["plain"] is None else datetime.fromisoformat(values["plain"]) for values in rows]
    columns["plain"] = pa.array(moments, pa.timestamp("ms"))
    naive = [parsed(text, "%m/%d/%Y %I:%M %p") for text in columns["us"].to_pylist()]
    columns["us"] = pa.array(naive, pa.timestamp("s"))
    days = [parsed(day, "%Y%m%d") for day in columns["digits"].to_pylist()]
    columns["digits"] = pa.array([day and day.date() for day in days], pa.date32())
    columns["millis"] = columns["millis"].cast(pa.float64())
    columns["nanos"] = columns["nanos"].cast(pa.decimal128(20, 0))
    columns["offset"] = columns["offset"].dictionary_encode()
    return pa.table(columns)


def record(index: int, values: Row) -> bytes:
    """The row as a serialized tf.train.Example: text as bytes, numbers as they are, seconds as text, since floats are single."""
    features = {"y": tf.train.Feature(int64_list=tf.train.Int64List(value=[index % 2]))}
    for name, value in {"id": f"row-{index}", **values}.items():
        match value:
            case None:
                continue
            case int():
                features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
            case _:
                text = f"{value:.6f}" if isinstance(value, float) else value
                features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[text.encode()]))
    return tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString()


def tfrecord_of(rows: list[Row], path: Path) -> bytes:
    with tf.io.TFRecordWriter(str(path)) as writer:
        for index, values in enumerate(rows):
            writer.write(record(index, values))
    return path.read_bytes()


def files_of(rows: list[Row], folder: Path) -> dict[str, bytes]:
    sinks = {name: io.BytesIO() for name in ("parquet", "arrow")}
    table = typed_of(rows)
    pq.write_table(table, sinks["parquet"])
    feather.write_feather(table, sinks["arrow"], compression="uncompressed")
    table = table.set_column(table.schema.get_field_index("offset"), "offset", table["offset"].cast(pa.string()))
    orc.write_table(table, str(folder / "written.orc"))
    return {
        "orc": (folder / "written.orc").read_bytes(),
        "tfrecord": tfrecord_of(rows, folder / "written.tfrecord"),
        "csv": csv_of(rows).encode(),
        "jsonl": json_of(rows).encode(),
        **{name: sink.getvalue() for name, sink in sinks.items()},
    }


def body_of(name: str, form: tuple[str, str], source: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {
        "name": name,
        "label": {"column": "y"},
        "source": source,
        "features": FEATURES,
        "remaining": "exclude",
        "split_key": ["id"],
        "records": form[0],
        "layout": form[1],
        "partitions": 3,
        **more,
    }


def inputs_of(dataset: Dataset) -> tuple[np.ndarray, np.ndarray]:
    """The model's inputs, from expected values of features."""
    values = [expected(meant) for _, meant in DRAWN]
    schema = dataset.schema
    numeric = np.array(
        [[np.nan if value.get(name) is None else value[name] for name in schema.number_columns] for value in values],
        np.float32,
    )
    tokens = np.array([[(value.get(name) or "").encode() for name in schema.token_columns] for value in values], object)
    numbers, ids = ModelInputs(schema, dataset.statistics(), dataset.vocabularies())(
        tf.constant(numeric), tf.constant(tokens, tf.string)
    )
    return numbers.numpy(), ids.numpy()


def equal(received: Any, wanted: tuple[np.ndarray, np.ndarray], what: str) -> None:
    np.testing.assert_array_equal(received[1], wanted[1], what)
    np.testing.assert_allclose(received[0], wanted[0], rtol=1e-5, atol=1e-6, err_msg=what)


def integers_of() -> np.ndarray:
    missing = -(2**63)
    return np.array([[missing if name not in meant else micros(meant[name]) for name in COLUMNS] for _, meant in DRAWN])


def check_mode(dataset: Dataset, codes: np.ndarray, sources: Path, what: str) -> None:
    """Training reads what is expected of the dataset."""
    wanted = inputs_of(dataset)
    for split, received in training_inputs(dataset, [str(sources)]).items():
        here = codes == SPLIT_NAMES.index(split) + 1
        equal(received, (wanted[0][here], wanted[1][here]), f"{what} {split}")


def test_formats_are_read_alike_in_every_mode_and_protocol(
    make_dataset: MakeDataset, sources: Path, tmp_path: Path
) -> None:
    source = {"null_values": ["NA"]}
    made = {form: make_dataset(csv_of(READ), **body_of(f"formats-{'-'.join(form)}", form, source)) for form in FORMS}
    first = made["none", "columns"]
    assert first.schema.columns == dict.fromkeys(COLUMNS, "instant")
    assert {name: written.format for name, written in first.schema.time_formats.items()} == {
        name: feature.get("format", "auto") for name, feature in FEATURES.items() if name != "plain"
    }
    for form, dataset in made.items():
        assert dataset.statistics().reproducible() == first.statistics().reproducible()
        check_mode(dataset, split_of_rows(first), sources, str(form))

    fields, names = Fields.of(first.schema), list(first.schema.raw_types)
    wanted = integers_of()
    body = "\n".join(line.split(",", 2)[2] for line in csv_of(READ).splitlines()).encode()
    listed = {name: [values[name] for values in READ] for name in COLUMNS}
    texts = {
        name: np.array([None if value is None else str(value).encode() for value in values], object)
        for name, values in listed.items()
    }
    ways = {
        "rows": read({"instances": READ}, fields),
        "columns": read({"inputs": listed}, fields),
        "CSV": csv_body.read_csv(body, names, fields, has_header=True),
        "tensors of bytes": read_columns(texts, ROWS, fields, str),
    }
    for way, values in ways.items():
        np.testing.assert_array_equal(values.integers, wanted, way)
    present = [index for index, values in enumerate(READ) if values["millis"] is not None]
    tensor = np.array([READ[index]["millis"] for index in present], np.int64)
    asked = read_columns({"millis": tensor, "seconds": tensor / 1000}, len(tensor), fields, str)
    assert asked.integers is not None
    np.testing.assert_array_equal(asked.integers[:, COLUMNS.index("millis")], tensor * 1000)
    np.testing.assert_array_equal(asked.integers[:, COLUMNS.index("seconds")], tensor * 1000)

    model_inputs = ModelInputs(first.schema, first.statistics(), first.vocabularies())
    network = build_network(Linear(kind="linear"), Inputs(model_inputs.number_width, model_inputs.named_sizes))
    export(first.schema, model_inputs, network, Target.of(first), tmp_path / "model")
    loaded: Any = tf.saved_model.load(str(tmp_path / "model"))
    given = ways["rows"]
    assert given.integers is not None
    answered = loaded.packed_transform(
        tf.constant(given.numeric), tf.constant(given.tokens, tf.string), tf.constant(given.integers)
    )
    equal((answered["numeric"], answered["categorical"]), inputs_of(first), "graph")


@pytest.mark.parametrize("format", ["jsonl", "parquet", "arrow", "orc", "tfrecord"])
def test_formats_are_read_alike_from_other_files(
    make_dataset: MakeDataset,
    sources: Path,
    tmp_path: Path,
    format: str,  # noqa: A002
) -> None:
    content = files_of(READ, tmp_path)
    source = {"format": format, "uris": [f"formats.{format}"]}
    codes: np.ndarray | None = None
    for form in (("none", "columns"), ("raw", "packed")):
        dataset = make_dataset(content[format], **body_of(f"formats-{format}-{form[0]}", form, source))
        codes = split_of_rows(dataset) if codes is None else codes
        check_mode(dataset, codes, sources, format)
        for name, text in content.items():
            if name == "orc":  # batch predictions do not read it
                continue
            (tmp_path / f"b.{name}").write_bytes(text)
            of_file = {"format": name, "uris": [f"b.{name}"]}
            of_file |= {"null_values": ["", "NA"]} if name == "csv" else {}
            body = BatchRequest.model_validate({"name": "p", "model": "m", "source": of_file, "batch_size": 1000})
            skipped = SkippedRows(Storage(str(tmp_path / "storage")), "predictions/p/job-1", 0)
            (rows,) = Table(body.source, body, dataset.schema, [str(tmp_path)]).rows(skipped)
            np.testing.assert_array_equal(rows.values.integers, integers_of(), name)


WRONG: dict[str, Any] = {
    "us": "02/30/2013 01:00 PM",
    "iso": "2013-02-30",
    "digits": 20130230,
    "offset": "01 Mai 2013 00:00:00 +00:00",
    "seconds": "noon",
    "millis": "1.5",
    "nanos": "2013-13-01",
}


@pytest.mark.parametrize("column", WRONG)
def test_a_wrong_time_is_a_bad_record_and_an_error_that_names_it(make_dataset: MakeDataset, column: str) -> None:
    rows = [dict(values) for values in READ[:30]]
    rows[17][column] = WRONG[column]
    source = {"null_values": ["NA"]}
    name = f"wrong-{column}"
    with pytest.raises(UnparsableValue, match=rf"line 19, column '{column}': '.*' is not a ") as error:
        make_dataset(csv_of(rows), **body_of(name, ("raw", "columns"), source))
    assert error.value.pointer == f"/features/{column}"
    dataset = make_dataset(csv_of(rows), **body_of(name, ("raw", "columns"), source, max_bad_records=1))
    assert dataset.manifest.left_out.rejected == 1
    fields = Fields.of(dataset.schema)
    with pytest.raises(InvalidRequest, match=rf"instances\[1\]\.{column}: must be a .* Received: "):
        read({"instances": [{}, {column: WRONG[column]}]}, fields)
    for value in (True, [1], {"a": 1}, 10**400):
        with pytest.raises(InvalidRequest, match=rf"instances\[1\]\.{column}: must be a .* Received: "):
            read({"instances": [{}, {column: value}]}, fields)
