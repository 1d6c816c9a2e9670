"""Published predictions in the storage: there whole or not at all, and removed whole."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from contracts.errors import CorruptData, NameTaken, NotFound
from contracts.messages.batch_predictions import BatchRequest, Predictions
from contracts.storage import Storage
from modeling.batch_prediction.repository import (
    all_predictions,
    data_folder,
    delete_predictions,
    publish_predictions,
    read_predictions,
    remove_expired,
    settle_predictions,
)

JOB, OTHER = "0" * 32, "1" * 32


def predictions(name: str, job: str = JOB, attempt: int = 1) -> Predictions:
    request = BatchRequest.model_validate({"name": name, "model": "m", "source": {"format": "csv", "uris": ["a.csv"]}})
    return Predictions(
        name=name,
        job=job,
        created=datetime(2026, 1, 2, tzinfo=UTC),
        model="m",
        version=1,
        rows=0,
        folder=data_folder(name, job, attempt),
        files=[],
        columns=["p"],
        request=request,
        seconds=0.5,
    )


def attempt(storage: Storage, name: str, job: str, number: int) -> str:
    folder = data_folder(name, job, number)
    storage.write(f"{folder}/part-00000.parquet", b"rows")
    return folder


def test_what_is_published_comes_back_and_is_listed_by_name(storage: Storage) -> None:
    for name in ("b", "a"):
        attempt(storage, name, JOB, 1)
        publish_predictions(storage, predictions(name))
    storage.write("predictions/broken/manifest.json", b"{}")
    attempt(storage, "unpublished", JOB, 1)
    assert read_predictions(storage, "b") == predictions("b")
    assert [found.name for found in all_predictions(storage)] == ["a", "b"]


def test_of_two_jobs_the_first_has_the_name(storage: Storage) -> None:
    attempt(storage, "a", JOB, 1)
    attempt(storage, "a", OTHER, 1)
    publish_predictions(storage, predictions("a"))
    with pytest.raises(NameTaken):
        publish_predictions(storage, predictions("a", OTHER))
    assert read_predictions(storage, "a").job == JOB


def test_what_is_not_there_or_damaged_is_named(storage: Storage) -> None:
    with pytest.raises(NotFound, match="there are no predictions named 'nothing'"):
        read_predictions(storage, "nothing")
    storage.write("predictions/broken/manifest.json", b"{}")
    with pytest.raises(CorruptData, match=r"predictions/broken/manifest\.json is not a manifest"):
        read_predictions(storage, "broken")
    for name in ("nothing", "broken"):
        with pytest.raises((NotFound, CorruptData)):
            delete_predictions(storage, name)


def test_predictions_are_deleted_with_their_files(storage: Storage) -> None:
    attempt(storage, "a", JOB, 1)
    publish_predictions(storage, predictions("a"))
    delete_predictions(storage, "a")
    assert not storage.exists("predictions/a")


def test_unpublished_attempts_of_a_job_are_discarded_and_no_others(storage: Storage) -> None:
    mine = [attempt(storage, "a", JOB, number) for number in (1, 2)]
    theirs = attempt(storage, "a", OTHER, 1)
    publish_predictions(storage, predictions("a", attempt=2))
    for _ in range(2):
        assert settle_predictions(storage, "a", JOB, 2) == predictions("a", attempt=2)
        assert [storage.exists(folder) for folder in [*mine, theirs]] == [False, True, True]
    attempt(storage, "b", JOB, 1)
    assert settle_predictions(storage, "b", JOB, 1) is None
    assert not storage.exists("predictions/b")


def test_old_predictions_are_removed_where_the_operator_wants_it(storage: Storage) -> None:
    for name, days in (("young", 1), ("old", 9)):
        attempt(storage, name, JOB, 1)
        created = datetime.now(UTC) - timedelta(days=days)
        publish_predictions(storage, predictions(name).model_copy(update={"created": created}))
    storage.write("predictions/broken/manifest.json", b"{}")
    assert remove_expired(storage, None) == []
    assert remove_expired(storage, 5) == [data_folder("old", JOB, 1)]
    assert [made.name for made in all_predictions(storage)] == ["young"]
    assert not storage.exists("predictions/old")
    assert storage.exists("predictions/broken/manifest.json")
    assert remove_expired(storage, 5) == []
