"""Rows of the prediction log as Parquet: as they were sent, with what was predicted, without what is redacted."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.modeling.monitoring.watched import NAMES, ROWS, answer, call_of, files, logging, read

from contracts.features import Categorical, Numeric
from contracts.schema import Label, Schema
from contracts.storage import Storage
from modeling.feature_kinds.raw_values import RawValues
from modeling.monitoring.logged_rows import LoggedRows, meaning_of, parquet_file
from modeling.serving.loaded_version import LoadedVersion
from preprocessing.expressions.parsing.parse_expression import parse_expression
from sources.matrices import MISSING_INTEGER


def test_rows_come_back_as_they_were_with_what_was_predicted(storage: Storage, loaded: LoadedVersion) -> None:
    before = datetime.now(UTC)
    with logging(storage) as (log, watcher):
        call = call_of(ROWS)
        answer(watcher, loaded, call)
        log.flush()
        (path,) = files(storage)
    table = read(storage, path)
    assert table.column_names == ["tandem_time", *NAMES, "tandem_predictions"]
    assert table["distance km"].to_pylist() == [1200.0, None, None]
    assert table["carrier/日本"].to_pylist() == [b"null", None, None]
    assert table["origin"].to_pylist() == [b"origin 1", b"origin 6", b"brand new"]
    expected = loaded.signatures["serving_default"].call(*call.values)["predictions"]
    assert table["tandem_predictions"].to_pylist() == expected.tolist()
    assert all(before <= moment <= datetime.now(UTC) for moment in table["tandem_time"].to_pylist())
    with storage.open_input(path) as stream:
        meaning = meaning_of(pq.ParquetFile(stream))
    assert (meaning["model"], meaning["version"], meaning["job"]) == ("m", 2, loaded.manifest.job)


def test_redacted_features_are_nowhere_in_the_file(storage: Storage, loaded: LoadedVersion) -> None:
    with logging(storage, redacted=frozenset({"origin", "m.class", "other.always"})) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
    (path,) = files(storage)
    assert set(NAMES) - set(read(storage, path).column_names) == {"origin", "class"}
    assert b"brand new" not in storage.read(path)


COMPUTED = Schema(
    features={"speed": Numeric(dtype="float64"), "place": Categorical(), "miles": Numeric(dtype="float64")},
    label=Label(column="late"),
    computed={
        "speed": parse_expression("miles / hours", {"miles": "double", "hours": "double"}),
        "place": parse_expression("upper(city)", {"city": "text"}),
    },
    columns={"miles": "float64", "hours": "float64", "city": "bytes", "t": "instant"},
)
SENT = RawValues(
    np.array([[10, 4], [np.nan, 2]], np.float32),
    np.array([["wien"], [b"secret"]], object),
    np.array([[7], [MISSING_INTEGER]], np.int64),
)


def logged(loaded: LoadedVersion, redacted: set[str]) -> tuple[pa.Table, dict[str, Any], bytes]:
    """The file of two rows of a version that computes features."""
    manifest = loaded.manifest.model_copy(update={"schema_": COMPUTED})
    rows = LoggedRows(manifest, 1.7e9, SENT, {"predictions": np.array([0.25, 0.5], np.float32)})
    data = parquet_file([rows], frozenset(redacted))
    return pq.read_table(io.BytesIO(data)), meaning_of(pq.ParquetFile(io.BytesIO(data))), data


def test_computed_features_and_the_columns_that_were_sent_are_logged(loaded: LoadedVersion) -> None:
    table, meaning, _ = logged(loaded, set())
    assert {name: table[name].to_pylist() for name in table.column_names if name != "tandem_time"} == {
        "speed": [2.5, None],
        "place": [b"WIEN", b"SECRET"],
        "miles": [10.0, None],
        "hours": [4.0, 2.0],
        "city": [b"wien", b"secret"],
        "t": [7, None],
        "tandem_predictions": [0.25, 0.5],
    }
    assert meaning["redacted"] == []


@pytest.mark.parametrize(
    ("redacted", "left_out"),
    [
        ({"city"}, {"city", "place"}),
        ({"miles"}, {"miles", "speed"}),
        ({"hours", "t"}, {"hours", "t", "speed"}),
        ({"place"}, {"place"}),
        ({"nothing here"}, set()),
    ],
)
def test_a_redacted_column_leaves_out_what_is_computed_from_it(
    loaded: LoadedVersion, redacted: set[str], left_out: set[str]
) -> None:
    table, meaning, data = logged(loaded, redacted)
    assert set(COMPUTED.kept_types) - set(table.column_names) == left_out
    assert meaning["redacted"] == sorted(left_out)
    assert (b"SECRET" in data) == ("place" not in left_out)
    assert (b"secret" in data) == ("city" not in left_out)
