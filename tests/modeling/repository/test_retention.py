"""Old versions are removed by themselves, and never those that somebody asks for."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from tests.modeling.trained import Trained, copy_versions

from contracts.storage import Storage
from modeling.repository.folders import version_numbers
from modeling.repository.labels import change_labels
from modeling.repository.model_repository import ModelRepository
from modeling.repository.retention import VersionRetention
from modeling.repository.versions import read_manifest


@pytest.fixture
def storage(trained: Trained, tmp_path: Path) -> Storage:
    """Versions 1 to 6 of a model, of which the first is 60 days old and each other ten days younger, with a label on 2."""
    storage = Storage(str(tmp_path))
    copy_versions(trained, storage, "n", range(1, 7))
    copy_versions(trained, storage, "other", range(1, 2))
    for number in range(1, 7):
        created = datetime.now(UTC) - timedelta(days=70 - 10 * number)
        manifest = read_manifest(storage, "n", number).model_copy(update={"created": created})
        storage.write(f"models/n/{number}/tandem.json", manifest.to_json())
    change_labels(storage, "n", lambda _: {"champion": 2})
    return storage


@pytest.mark.parametrize(
    ("newest", "days", "left"),
    [
        (None, None, [1, 2, 3, 4, 5, 6]),
        (1, None, [2, 6]),
        (3, None, [2, 4, 5, 6]),
        (100, None, [1, 2, 3, 4, 5, 6]),
        (None, 35, [2, 4, 5, 6]),
        (None, 1, [2, 6]),
        (2, 45, [2, 3, 4, 5, 6]),
        (4, 5, [2, 3, 4, 5, 6]),
    ],
)
def test_the_newest_the_young_the_labelled_and_the_default_are_kept(
    storage: Storage, newest: int | None, days: float | None, left: list[int]
) -> None:
    removed = VersionRetention(newest, days).apply(storage)
    assert version_numbers(storage, "n") == left
    assert removed == [f"models/n/{number}" for number in range(1, 7) if number not in left]
    assert not [folder for folder in removed if storage.sizes(folder)]
    assert version_numbers(storage, "other") == [1]
    assert VersionRetention(newest, days).apply(storage) == []


def test_the_default_and_what_cannot_be_read_are_kept(storage: Storage) -> None:
    for number in (5, 6):  # broken, so that an older version is the default
        storage.write(f"models/n/{number}/tandem.json", b"damaged")
    storage.write("models/n/1/tandem.json", b"damaged")
    assert VersionRetention(1).expired(ModelRepository(storage), "n") == [3]
