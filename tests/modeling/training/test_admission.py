from __future__ import annotations

import pytest
from tests.modeling.made import SCHEMA
from tests.modeling.trained import Trained

from contracts.errors import InvalidRequest
from contracts.messages.gates import BetterThan, Comparison, Gate, Require
from contracts.messages.networks import Dnn
from contracts.storage import Storage
from modeling.repository.labels import change_labels, read_labels
from modeling.repository.versions import VersionManifest, read_manifest
from modeling.training.admission import assign_label, check_network


@pytest.fixture
def version(trained: Trained) -> VersionManifest:
    """Version 2, which is to be the champion if it is better than the present one, and was better than version 1."""
    manifest = read_manifest(trained.storage, "m", 2)
    require = Require(better_than=BetterThan(label="champion"))
    compared = Comparison(label="champion", version=1, metric="log_loss", its=0.5, ours=0.4)
    gate = Gate(passed=True, missed=[], compared=compared)
    return manifest.model_copy(
        update={
            "request": manifest.request.model_copy(update={"require": require, "label": "champion"}),
            "result": manifest.result.model_copy(update={"gate": gate}),
        }
    )


def test_a_champion_that_was_replaced_meanwhile_keeps_its_label(storage: Storage, version: VersionManifest) -> None:
    change_labels(storage, "m", lambda _: {"champion": 7})
    assert assign_label(storage, version).label is None
    assert read_labels(storage, "m").labels == {"champion": 7}


def test_a_label_moves_from_the_version_that_was_beaten(storage: Storage, version: VersionManifest) -> None:
    change_labels(storage, "m", lambda _: {"champion": 1, "canary": 1})
    assert assign_label(storage, version).label == "champion"
    assert read_labels(storage, "m").labels == {"champion": 2, "canary": 1}


def test_an_attempt_after_a_crash_does_not_move_a_label_back(storage: Storage, version: VersionManifest) -> None:
    change_labels(storage, "m", lambda _: {"champion": 1})
    assign_label(storage, version)
    change_labels(storage, "m", lambda _: {"champion": 1})
    assign_label(storage, version)
    assert read_labels(storage, "m").labels == {"champion": 1}


def test_vectors_for_what_has_no_ids_are_refused() -> None:
    with pytest.raises(InvalidRequest, match="'carrier/日本'") as caught:
        check_network(Dnn(kind="dnn", embedding_widths={"class": 5}), SCHEMA)
    assert caught.value.pointer == "/network/embedding_widths/class"
