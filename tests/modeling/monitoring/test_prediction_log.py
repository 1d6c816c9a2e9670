"""The prediction log: which rows are drawn, when files are written, and what bounds the storage."""

from __future__ import annotations

from dataclasses import replace

import pytest
from structlog.testing import capture_logs
from tests.modeling.monitoring.watched import ROWS, answer, call_of, files, logging, read
from tests.processes import wait_until

from contracts.storage import Storage
from modeling.monitoring.prediction_log import FOLDER, log_folder, remove_oldest
from modeling.serving.loaded_version import LoadedVersion
from modeling.settings import ModelingSettings


def test_names_that_are_left_out_may_hold_commas_and_misspelled_ones_are_told(
    storage: Storage, loaded: LoadedVersion, monkeypatch: pytest.MonkeyPatch
) -> None:
    for text, names in (("a, m.b,", ["a", "m.b"]), ('["a, b", " c"]', ["a, b", " c"])):
        monkeypatch.setenv("TANDEM_PREDICTION_LOG_REDACTED", text)
        assert ModelingSettings().prediction_log_redacted == names
    with capture_logs() as said, logging(storage, redacted=frozenset({"orgin", "m.origin", "class"})) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
    assert [each["names"] for each in said if "names" in each] == [["orgin"]]


def test_a_share_of_the_rows_is_drawn(storage: Storage, loaded: LoadedVersion) -> None:
    call = call_of([{"class": float(at)} for at in range(4000)])
    with logging(storage, share=0.25) as (_, watcher):
        answer(watcher, loaded, call)
        for _ in range(400):
            answer(watcher, loaded, call_of(ROWS[:1]))
    table = read(storage, files(storage)[0])
    many = [value for value in table["class"].to_pylist() if value != 3.0]
    assert abs(len(many) - 1000) < 150
    assert len(set(many)) == len(many)
    assert abs(table.num_rows - len(many) - 100) < 60


def test_a_file_is_made_of_held_rows_when_it_is_time(storage: Storage, loaded: LoadedVersion) -> None:
    with logging(storage, seconds=0.05) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
        wait_until(lambda: len(files(storage)) == 1)
        answer(watcher, loaded, call_of(ROWS))
        wait_until(lambda: len(files(storage)) == 2)


def test_the_oldest_files_go_first(storage: Storage) -> None:
    for name in ("20260101T000000.000000Z-a", "20260301T000000.000000Z-c", "20260201T000000.000000Z-b"):
        storage.write(f"{FOLDER}/{name[-1]}/1/{name}.parquet", bytes(100))
    storage.write(f"{FOLDER}/a/1/.20260101T000000.000000Z-a.parquet.left", bytes(100))
    remove_oldest(storage, 250)
    assert list(storage.sizes(FOLDER)) == [
        f"{FOLDER}/b/1/20260201T000000.000000Z-b.parquet",
        f"{FOLDER}/c/1/20260301T000000.000000Z-c.parquet",
    ]
    remove_oldest(storage, 250)
    assert len(storage.sizes(FOLDER)) == 2
    remove_oldest(Storage(f"{storage.uri}/nowhere"), 1)


def test_each_version_has_files_of_its_own(storage: Storage, loaded: LoadedVersion) -> None:
    other = replace(loaded, manifest=loaded.manifest.model_copy(update={"version": 9}))
    with logging(storage) as (_, watcher):
        answer(watcher, loaded, call_of(ROWS))
        answer(watcher, other, call_of(ROWS[:1]))
    assert len(files(storage)) == 1
    assert read(storage, next(iter(storage.sizes(log_folder("m", 9))))).num_rows == 1
