"""Rows of the prediction log as Parquet: as they were sent, with what was predicted, without what is redacted."""

from __future__ import annotations

from datetime import UTC, datetime

import pyarrow.parquet as pq
from tests.modeling.monitoring.watched import NAMES, ROWS, answer, call_of, files, logging, read

from contracts.storage import Storage
from modeling.monitoring.logged_rows import meaning_of
from modeling.serving.loaded_version import LoadedVersion


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
