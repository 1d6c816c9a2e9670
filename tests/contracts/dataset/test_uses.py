from __future__ import annotations

import json

from contracts.dataset.uses import versions_trained_from
from contracts.storage import Storage


def test_versions_that_name_the_dataset_are_found_and_others_skipped(storage: Storage) -> None:
    assert list(versions_trained_from(storage, "d", "f")) == []
    for model, number, content in (
        ("a", "2", json.dumps({"dataset": {"name": "d", "fingerprint": "f"}})),
        ("a", "10", json.dumps({"dataset": {"name": "d", "fingerprint": "f"}})),
        ("a", "3", json.dumps({"dataset": {"name": "d", "fingerprint": "other"}})),
        ("b", "1", json.dumps({"dataset": {"name": "e", "fingerprint": "f"}})),
        ("b", "2", "damaged"),
        ("b", "3", "[]"),
        ("b", "4", json.dumps({"dataset": None})),
        ("b", "labels", json.dumps({"dataset": {"name": "d", "fingerprint": "f"}})),
    ):
        storage.write(f"models/{model}/{number}/tandem.json", content.encode())
    storage.write("models/c/1/other", b"")
    assert list(versions_trained_from(storage, "d", "f")) == [("a", 2), ("a", 10)]
