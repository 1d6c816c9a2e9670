"""The evaluation of real trainings, compared with the exported model asked about the same rows."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as oracle
from tests.modeling.made import Made, Row, make_rows
from tests.modeling.served import served
from tests.modeling.trained import Trained, run

from chassis.engine.engine import JobContext
from contracts.errors import InvalidRequest
from contracts.features import Categorical
from contracts.messages.evaluation import EvaluationDetail
from contracts.messages.metrics import Metrics
from contracts.schema import Label, Schema
from contracts.storage import Storage
from modeling.repository.labels import read_labels
from modeling.repository.versions import read_detail, read_manifest

QUICK: dict[str, Any] = {
    "network": {"kind": "linear"},
    "epochs": 3,
    "batch_size": 64,
    "learning_rate": 0.02,
    "optimizer": "adam",
}


def asked(storage: Storage, version: int, rows: list[Row]) -> np.ndarray:
    """What a published version says of rows, through the whole of predict."""
    with served(storage) as predictor:
        loaded = predictor.registry.get("m", version)
        signature = loaded.signatures["serving_default"]
        schema = loaded.manifest.schema_
        numbers = [
            [np.nan if row[name] is None else float(row[name]) for name in schema.number_columns] for row in rows
        ]
        tokens = np.array([[row[name] or b"" for name in schema.token_columns] for row in rows], object)
        return signature.call(np.array(numbers, np.float32), tokens)["predictions"].astype(np.float64)


def test_an_evaluation_is_that_of_the_published_model(trained: Trained) -> None:
    rows = trained.made.of("test")
    labels = np.array([row["late"] for row in rows])
    scores = asked(trained.storage, 2, rows)
    manifest = read_manifest(trained.storage, "m", 2)
    found, detail = manifest.result.evaluation, read_detail(trained.storage, manifest)
    assert found.test.kind == "binary"
    assert found.test.rows == len(rows)
    assert found.test.auc == pytest.approx(oracle.roc_auc_score(labels, scores), abs=1e-6)
    assert found.test.log_loss == pytest.approx(oracle.log_loss(labels, scores), abs=1e-6)
    assert found.test.auc is not None
    assert found.intervals["auc"].low < found.test.auc < found.intervals["auc"].high
    assert found.baseline_prediction == pytest.approx(np.mean([row["late"] for row in trained.made.of("train")]))
    assert found.confusion is not None
    assert found.confusion.counts == oracle.confusion_matrix(labels, scores >= 0.5).tolist()
    for group in detail.slices[0].groups:
        inside = [at for at, row in enumerate(rows) if _shown(row["carrier/日本"]) == group.value]
        assert group.metrics.rows == len(inside)
        assert group.mean_prediction == pytest.approx(scores[inside].mean(), abs=1e-6)


def test_missing_and_unseen_fields_are_those_of_the_published_model(trained: Trained) -> None:
    rows = trained.made.of("test")
    labels = np.array([row["late"] for row in rows])
    missing = read_detail(trained.storage, read_manifest(trained.storage, "m", 2)).missing
    assert missing is not None
    assert missing.rows == len(rows)
    assert missing.mean_label == pytest.approx(labels.mean())
    names = [name for name in rows[0] if name != "late"]
    nothing = [{**dict.fromkeys(names), "late": 0} for _ in rows]
    masked = {
        0.0: rows,
        1.0: nothing,
        ("distance km", "missing"): [{**row, "distance km": None} for row in rows],
        ("carrier/日本", "missing"): [{**row, "carrier/日本": None} for row in rows],
        ("carrier/日本", "unseen"): [{**row, "carrier/日本": b"nowhere"} for row in rows],
    }
    found: dict[Any, Any] = {each.share: each for each in missing.by_share}
    found |= {(each.feature, each.masked_as): each for each in missing.by_feature}
    assert [*found][:6] == [0.0, 0.1, 0.3, 0.5, 0.8, 1.0]
    for key, instead in masked.items():
        scores = asked(trained.storage, 2, instead)
        assert found[key].metrics.log_loss == pytest.approx(oracle.log_loss(labels, scores), abs=1e-6), key
        assert found[key].mean_prediction == pytest.approx(scores.mean(), abs=1e-6), key
    in_training = [row["distance km"] for row in trained.made.of("train")]
    assert found["distance km", "missing"].training_rows == sum(value is None for value in in_training)


def _shown(token: bytes | None) -> str | None:
    return None if token is None else token.decode(errors="backslashreplace")


def test_what_matters_is_what_the_labels_were_made_of(trained: Trained) -> None:
    detail = read_detail(trained.storage, read_manifest(trained.storage, "m", 2))
    assert detail.importance is not None
    ranked = [each.feature for each in detail.importance.features]
    assert set(ranked[:2]) == {"distance km", "carrier/日本"}
    assert len(ranked) == 7
    worse = {each.feature: each.worse["auc"].mean for each in detail.importance.features}
    assert worse["constant"] == worse["all:missing"] == worse["always"] == 0
    assert worse["distance km"] > 0.05


@pytest.fixture(scope="module")
def forms_storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    return Storage(str(tmp_path_factory.mktemp("forms") / "storage"))


@pytest.fixture(scope="module")
def forms(forms_storage: Storage) -> dict[str, tuple[dict[str, Any], EvaluationDetail]]:
    """The same training from the same rows in every form of the records."""
    storage = forms_storage
    rows, splits = make_rows(900), [(1, 1, 3)[at % 3] for at in range(900)]
    found: dict[str, tuple[dict[str, Any], EvaluationDetail]] = {}
    for version, records in enumerate(("none", "raw", "transformed"), 1):
        Made(rows, splits, records=records, name=records).publish(storage)
        request = {**QUICK, "dataset": records, "slices": ["origin"], "importance": {"rows": 100, "repeats": 2}}
        response = run(storage, request, JobContext.alone(records))
        found[records] = response, read_detail(storage, read_manifest(storage, "m", version))
    return found


def test_every_form_of_records_can_be_evaluated(forms: dict[str, tuple[dict[str, Any], EvaluationDetail]]) -> None:
    for response, detail in forms.values():
        assert response["evaluation"]["test"]["rows"] == 300
        assert [found.feature for found in detail.slices] == ["origin"]
        assert sum(group.metrics.rows for group in detail.slices[0].groups) == 300
        assert detail.importance is not None
        assert (detail.importance.rows, detail.importance.repeats) == (100, 2)
        assert {each.feature for each in detail.importance.features[:2]} <= {"distance km", "carrier/日本", "class"}
    counts = [[group.metrics.rows for group in detail.slices[0].groups] for _, detail in forms.values()]
    assert counts[0] == counts[1] == counts[2]


def test_every_form_of_records_is_masked_as_the_published_model_reads_missing_fields(
    forms_storage: Storage, forms: dict[str, tuple[dict[str, Any], EvaluationDetail]]
) -> None:
    rows = [row for at, row in enumerate(make_rows(900)) if at % 3 == 2]
    labels = np.array([row["late"] for row in rows])
    for version, (_, detail) in enumerate(forms.values(), 1):
        assert detail.missing is not None
        alone = {(each.feature, each.masked_as): each for each in detail.missing.by_feature}
        for name in ("distance km", "origin"):
            scores = asked(forms_storage, version, [{**row, name: None} for row in rows])
            assert _log_loss(alone[name, "missing"].metrics) == pytest.approx(oracle.log_loss(labels, scores), abs=1e-6)


def _log_loss(metrics: Metrics) -> float | None:
    assert metrics.kind == "binary"
    return metrics.log_loss


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """A dataset and a champion of it."""
    storage = Storage(str(tmp_path_factory.mktemp("first") / "storage"))
    Made(make_rows(300), [(1, 3)[at % 2] for at in range(300)]).publish(storage)
    run(storage, {**QUICK, "label": "champion"}, JobContext.alone("first"))
    return storage


@pytest.fixture
def champion(first: Storage, storage: Storage) -> Storage:
    """A storage of the test's own, with that champion in it."""
    shutil.copytree(first.uri, storage.uri)
    return storage


def test_a_champion_of_another_dataset_is_asked_about_the_same_rows(champion: Storage) -> None:
    made = Made(make_rows(600, seed=1), [(1, 3)[at % 2] for at in range(600)], name="other", fingerprint="e" * 64)
    made.publish(champion)
    require = {"better_than": {"label": "champion", "metric": "auc"}}
    found = run(champion, {**QUICK, "dataset": "other", "require": require}, JobContext.alone("second"))
    rows = made.of("test")
    expected = oracle.roc_auc_score([row["late"] for row in rows], asked(champion, 1, rows))
    compared = found["gate"]["compared"]
    assert (compared["version"], compared["metric"]) == (1, "auc")
    assert compared["its"] == pytest.approx(expected, abs=1e-6)
    assert compared["ours"] == found["evaluation"]["test"]["auc"]


def test_a_champion_that_cannot_be_asked_is_said_to_be_so(champion: Storage) -> None:
    splits = [(1, 3)[at % 2] for at in range(60)]
    Made(make_rows(60), splits, records="transformed", name="final", fingerprint="d" * 64).publish(champion)
    schema = Schema(features={"distance km": Categorical(), "origin": Categorical()}, label=Label(column="late"))
    rows = [{**row, "distance km": b"x"} for row in make_rows(60)]
    Made(rows, splits, schema=schema, name="narrow", fingerprint="c" * 64).publish(champion)
    for dataset, reason in (("final", "hold no raw values"), ("narrow", "does not have: 'carrier/日本'")):
        request = {**QUICK, "dataset": dataset, "require": {"better_than": "champion"}}
        with pytest.raises(InvalidRequest, match=reason) as caught:
            run(champion, request, JobContext.alone(dataset))
        assert caught.value.pointer == "/require/better_than"
    assert not list(Path(champion.uri).glob("models/m/.*"))


def test_a_version_that_misses_its_gate_is_kept_and_gets_no_label(champion: Storage) -> None:
    request = {**QUICK, "require": {"auc": {"min": 0.9999}, "better_than": "champion"}, "label": "champion"}
    found = run(champion, request, JobContext.alone("second"))
    assert found["version"] == 2
    assert found["label"] is None
    assert [miss["condition"] for miss in found["gate"]["missed"]] == ["auc.min", "better_than"]
    assert not read_manifest(champion, "m", 2).passed
    assert read_labels(champion, "m").labels == {"champion": 1}
    with served(champion) as predictor:
        assert predictor.registry.get("m").manifest.version == 1


def test_a_version_that_passes_takes_the_label_once(champion: Storage) -> None:
    request = {**QUICK, "epochs": 6, "require": {"better_than": "champion"}, "label": "champion"}
    found = run(champion, request, JobContext.alone("second"))
    assert found["gate"]["passed"], found["gate"]
    assert found["label"] == "champion"
    labels = read_labels(champion, "m")
    assert (labels.labels, labels.job) == ({"champion": 2}, "second")
    assert run(champion, request, JobContext.alone("second")) == found
    assert read_labels(champion, "m") == labels


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"slices": ["origin", "distance km"]}, "/slices/1"),
        ({"slices": ["nothing"]}, "/slices/0"),
        ({"require": {"rmse": {"max": 1.0}}}, "/require/rmse"),
    ],
)
def test_what_a_dataset_cannot_give(trained: Trained, change: dict[str, Any], pointer: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        run(trained.storage, {**QUICK, **change}, JobContext.alone("never"))
    assert caught.value.pointer == pointer


def test_importance_and_slices_can_be_left_out(storage: Storage) -> None:
    Made(make_rows(60), [(1, 3)[at % 2] for at in range(60)]).publish(storage)
    run(storage, {**QUICK, "slices": [], "importance": {"rows": 0}}, JobContext.alone())
    detail = read_detail(storage, read_manifest(storage, "m", 1))
    assert detail.slices == []
    assert detail.importance is None
