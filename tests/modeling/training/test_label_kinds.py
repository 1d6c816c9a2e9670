"""Models of several classes and of numbers, from every form of records: learned, judged, published, asked."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn import metrics as reference
from tests.forms import FORMS
from tests.modeling.made import Made, Row
from tests.modeling.served import served
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.classes import ClassName
from contracts.dataset.published import Dataset, open_dataset
from contracts.errors import InvalidRequest, PredictionMismatch, UnusableLabel
from contracts.schema import SPLIT_NAMES, Categorical, Label, LabelKind, Layout, Numeric, Records, Schema
from contracts.storage import Storage
from modeling.export import saved_model
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from modeling.optimization.objective import Target
from modeling.reports.version_report import report_page
from modeling.repository.versions import read_detail, read_manifest
from modeling.training import train

SPECIES: list[ClassName] = ["Adelie", "Chinstrap", "Gentoo"]
SETTINGS: dict[str, Any] = {
    "network": {"kind": "linear"},
    "optimizer": "adam",
    "epochs": 10,
    "batch_size": 32,
    "learning_rate": 0.05,
}


def schema(kind: LabelKind, *, weighted: bool = False) -> Schema:
    return Schema(
        features={"size": Numeric(dtype="float64", indicator=True), "isle": Categorical()},
        label=Label(column="y", kind=kind),
        weight="w" if weighted else None,
    )


def rows(kind: LabelKind, count: int = 900) -> list[Row]:
    """Classes by size; or a number far from 0, in large units, that follows from size and isle."""
    generator = np.random.default_rng(5)
    found: list[Row] = []
    for _ in range(count):
        size, isle = float(np.float32(generator.normal(0, 2))), int(generator.integers(3))
        noisy = size + generator.normal(0, 0.3)
        number = float(np.float32(1e6 + 2e4 * size + 5e4 * isle + generator.normal(0, 3e3)))
        y: float = int(noisy > -1) + int(noisy > 1) if kind == "multiclass" else int(noisy > 0)
        missing = generator.random() < 0.05
        found.append(
            {
                "size": None if missing else size,
                "isle": b"isle %d" % isle,
                "y": number if kind == "regression" else y,
                "w": float(np.float32(generator.choice([0.5, 1.0, 4.0]))),
            }
        )
    return found


def made(kind: LabelKind, *, weighted: bool = False, **more: Any) -> Made:
    classes = SPECIES if kind == "multiclass" else None
    some = more.pop("rows", None) or rows(kind)
    splits = [(1, 1, 1, 1, 2, 3)[at % 6] for at in range(len(some))]
    return Made(some, splits, schema=schema(kind, weighted=weighted), classes=classes, **more)


def goals(dataset: Dataset, root: str) -> dict[str, list[np.ndarray]]:
    """What training reads of labels and weights, by split, in the order of the rows."""
    model_inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
    found: dict[str, list[np.ndarray]] = {}
    with open_pipeline(dataset, model_inputs, [root]) as pipeline:
        for split in SPLIT_NAMES:
            parts = [[part.numpy() for part in rest] for _, *rest in pipeline.evaluation(split, 64)]
            found[split] = [np.concatenate(each) for each in zip(*parts, strict=True)]
    return found


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_labels_and_weights_are_the_same_from_all_forms_of_records(
    storage: Storage, tmp_path: Path, kind: LabelKind, weighted: bool
) -> None:
    source = made(kind, weighted=weighted, rows=rows(kind, 90))
    for records, layout in FORMS:
        form = made(
            kind, weighted=weighted, rows=source.rows, records=records, layout=layout, name=f"{records}-{layout}"
        )
        found = goals(form.publish(storage), str(tmp_path))
        for split in SPLIT_NAMES:
            expected = [[row["y"] for row in form.of(split)]]
            expected += [[row["w"] for row in form.of(split)]] if weighted else []
            # Handmade shards hold every other row; in `none` they come in the source's order.
            order = np.arange(len(expected[0]))
            order = order if records == "none" else np.concatenate([order[0::2], order[1::2]])
            dtypes = [np.float64 if kind == "regression" else np.float32, np.float32]
            assert [part.dtype for part in found[split]] == dtypes[: len(expected)]
            for part, values in zip(found[split], expected, strict=True):
                np.testing.assert_array_equal(part, np.array(values, np.float32)[order])


@pytest.fixture(scope="module")
def species(tmp_path_factory: pytest.TempPathFactory) -> tuple[Storage, dict[str, Any]]:
    """A model of several classes, and what its training said."""
    storage = Storage(str(tmp_path_factory.mktemp("species") / "storage"))
    made("multiclass").publish(storage)
    return storage, run(
        storage,
        {**SETTINGS, "require": {"accuracy": {"min": 0.8}, "class_auc": {"Chinstrap": {"min": 0.6}}}},
        JobContext.alone(),
    )


def test_several_classes(species: tuple[Storage, dict[str, Any]]) -> None:
    storage, response = species
    evaluation = response["evaluation"]
    assert response["gate"]["passed"]
    assert evaluation["baseline"]["accuracy"] < 0.5
    assert evaluation["test"]["accuracy"] > 0.8
    assert evaluation["confusion"]["classes"] == SPECIES
    assert sum(map(sum, evaluation["confusion"]["counts"])) == evaluation["test"]["rows"] == 150
    assert set(evaluation["intervals"]) == {"accuracy", "log_loss", "ece"}
    assert evaluation["baseline_prediction"] == pytest.approx(
        np.bincount([r["y"] for r in made("multiclass").of("train")]) / 600
    )
    assert response["history"][-1]["val_accuracy"] > 0.8
    assert response["history"][-1]["auc"] is None

    manifest = read_manifest(storage, "m", 1)
    assert manifest.classes == SPECIES
    detail = read_detail(storage, manifest)
    assert detail.importance is not None
    assert detail.importance.features[0].feature == "size"
    assert detail.slices[0].feature == "isle"
    assert [of_class.name for of_class in detail.class_auc] == SPECIES
    assert all(of_class.auc is not None and of_class.auc > 0.6 for of_class in detail.class_auc)
    page = bytes(report_page(manifest, detail, [], is_default=True).body).decode()
    assert "predicted Chinstrap" in page
    assert "AUC by class" in page
    assert "accuracy" in page

    with served(storage) as predictor:
        signature = predictor.registry.get("m", None, None).signatures["serving_default"]
        found = signature.call(np.array([[-5.0], [0.0], [np.nan]], np.float32), np.full((3, 1), b"isle 1", object))
    assert found["class"].tolist()[:2] == [b"Adelie", b"Chinstrap"]
    assert found["class_id"].tolist()[:2] == [0, 1]
    assert found["probabilities"].shape == (3, 3)
    np.testing.assert_allclose(found["probabilities"].sum(axis=1), 1, rtol=1e-5)


def test_whole_numbers_as_classes_are_predicted_as_numbers(storage: Storage) -> None:
    whole = made("multiclass")
    Made(whole.rows, whole.splits, schema=whole.schema, classes=[-3, 7, 20]).publish(storage)
    run(storage, {**SETTINGS, "epochs": 2}, JobContext.alone())
    with served(storage) as predictor:
        signature = predictor.registry.get("m", None, None).signatures["serving_default"]
        found = signature.call(np.array([[-9.0], [9.0]], np.float32), np.full((2, 1), b"isle 1", object))
    assert found["class"].tolist() == [-3, 20]


def test_a_regression_in_the_unit_of_its_label(storage: Storage) -> None:
    """Labels are about a million: with default settings a network could not learn that unless it were moved to 0."""
    made("regression").publish(storage)
    response = run(storage, {**SETTINGS, "require": {"rmse": {"max": 15_000}}}, JobContext.alone())
    evaluation = response["evaluation"]
    assert response["gate"]["passed"]
    assert evaluation["test"]["rmse"] < 15_000
    assert evaluation["baseline"]["rmse"] > 40_000
    assert evaluation["baseline"]["r2"] == pytest.approx(0, abs=0.05)
    assert evaluation["test"]["r2"] > 0.9
    assert evaluation["confusion"] is None
    assert set(evaluation["intervals"]) == {"mae", "rmse", "r2", "mape"}
    assert evaluation["intervals"]["rmse"]["low"] < evaluation["test"]["rmse"] < evaluation["intervals"]["rmse"]["high"]
    last = response["history"][-1]
    assert last["val_loss"] < 0.1
    assert last["val_rmse"] == pytest.approx(evaluation["test"]["rmse"], rel=0.5)
    assert last["val_mae"] < last["val_rmse"]
    manifest = read_manifest(storage, "m", 1)
    page = bytes(report_page(manifest, read_detail(storage, manifest), [], is_default=True).body).decode()
    assert "root mean squared error" in page
    with served(storage) as predictor:
        signature = predictor.registry.get("m", None, None).signatures["serving_default"]
        found = signature.call(np.array([[0.0], [1.0]], np.float32), np.full((2, 1), b"isle 1", object))["predictions"]
    assert found == pytest.approx([1.05e6, 1.07e6], abs=6000)


@pytest.mark.parametrize(("records", "layout"), FORMS)
def test_an_offset_that_float32_cannot_hold_is_learned(storage: Storage, records: Records, layout: Layout) -> None:
    """A label of 1e9 + N(0, 1): as good as without the offset, and its predictions tell rows apart."""
    some = [{**row, "y": 1e9 + (row["size"] or 0.0)} for row in rows("regression")]
    made("regression", rows=some, float64_labels=True, records=records, layout=layout).publish(storage)
    evaluation = run(storage, {**SETTINGS, "epochs": 20}, JobContext.alone())["evaluation"]
    assert evaluation["baseline"]["rmse"] == pytest.approx(2, rel=0.2)
    assert evaluation["test"]["r2"] > 0.99
    assert evaluation["intervals"]["rmse"]["high"] < 0.3
    with served(storage) as predictor:
        signature = predictor.registry.get("m", None, None).signatures["serving_default"]
        numbers, tokens = np.array([[-1.0], [1.0]], np.float32), np.full((2, 1), b"isle 1", object)
        predictions = signature.call(numbers, tokens)["predictions"]
    assert predictions.dtype == np.float64
    assert predictions - 1e9 == pytest.approx([-1, 1], abs=0.3)


@pytest.mark.parametrize("unit", [1e20, 1e38, 1e99, 1e-60])
def test_units_beyond_float32_are_learned(storage: Storage, unit: float) -> None:
    some = [{**row, "y": unit * (row["size"] or 0.0)} for row in rows("regression")]
    made("regression", rows=some, float64_labels=True, records="none").publish(storage)
    response = run(storage, SETTINGS, JobContext.alone())
    test, last = response["evaluation"]["test"], response["history"][-1]
    assert test["r2"] > 0.9
    assert 1 / 3 < test["rmse"] / last["val_rmse"] < 3, "of other rows, in one unit"
    assert response["evaluation"]["baseline"]["mae"] > unit
    manifest = read_manifest(storage, "m", 1)
    assert report_page(manifest, read_detail(storage, manifest), [], is_default=True).status_code == 200


def test_the_replay_is_as_strict_with_an_offset_as_without(storage: Storage, monkeypatch: pytest.MonkeyPatch) -> None:
    """A hundredth of a deviation is a millionth of a millionth of the number, and would pass as rounding of it."""
    some = [{**row, "y": 1e9 + (row["size"] or 0.0)} for row in rows("regression")]
    made("regression", rows=some, float64_labels=True).publish(storage)
    real = saved_model.export

    def moved(schema: Schema, model_inputs: Any, network: Any, target: Target, folder: Path) -> None:
        labels = dataclasses.replace(target.labels, center=target.labels.center + 0.02)
        real(schema, model_inputs, network, dataclasses.replace(target, labels=labels), folder)

    monkeypatch.setattr(train, "export", moved)
    with pytest.raises(PredictionMismatch, match="'predictions'"):
        run(storage, {**SETTINGS, "epochs": 1}, JobContext.alone())


@pytest.mark.parametrize("kind", ["binary", "multiclass", "regression"])
def test_weighted_metrics_are_those_of_scikit_learn(storage: Storage, kind: LabelKind) -> None:
    some = made(kind, weighted=True, layout="columns")
    some.publish(storage)
    response = run(storage, {**SETTINGS, "epochs": 3, "batch_size": 64}, JobContext.alone())
    test = some.of("test")
    order = [*test[0::2], *test[1::2]]
    truth, weights = [row["y"] for row in order], [row["w"] for row in order]
    with served(storage) as predictor:
        signature = predictor.registry.get("m", None, None).signatures["serving_default"]
        numbers = np.array([[np.nan if row["size"] is None else row["size"]] for row in order], np.float32)
        found = signature.call(numbers, np.array([[row["isle"]] for row in order], object))
    metrics = response["evaluation"]["test"]
    given: dict[str, Any] = {"sample_weight": weights}
    assert metrics["rows"] == 150
    if kind == "regression":
        said = found["predictions"]
        assert metrics["rmse"] == pytest.approx(reference.root_mean_squared_error(truth, said, **given), rel=1e-4)
        assert metrics["mae"] == pytest.approx(reference.mean_absolute_error(truth, said, **given), rel=1e-4)
        assert metrics["r2"] == pytest.approx(reference.r2_score(truth, said, **given), rel=1e-4)
        return
    if kind == "multiclass":
        said = found["probabilities"].astype(np.float64)
        said /= said.sum(axis=1, keepdims=True)
        guess = said.argmax(axis=1)
        assert metrics["macro_f1"] == pytest.approx(reference.f1_score(truth, guess, average="macro", **given))
        auc = reference.roc_auc_score(np.eye(3)[truth], said, average="macro", **given)
    else:
        said = found["predictions"]
        guess = said >= 0.5
        auc = reference.roc_auc_score(truth, said, **given)
        assert metrics["brier"] == pytest.approx(reference.brier_score_loss(truth, said, **given), rel=1e-4)
        assert metrics["pr_auc"] == pytest.approx(reference.average_precision_score(truth, said, **given), rel=1e-4)
    assert metrics["auc"] == pytest.approx(auc, rel=1e-4)
    assert metrics["accuracy"] == pytest.approx(reference.accuracy_score(truth, guess, **given))
    assert metrics["log_loss"] == pytest.approx(reference.log_loss(truth, said, **given), rel=1e-3)
    interval = response["evaluation"]["intervals"]["accuracy"]
    assert interval["low"] <= metrics["accuracy"] <= interval["high"]


def test_rows_without_weight_teach_nothing(storage: Storage) -> None:
    """The same rows twice, once with the wrong label and no weight: as good as without them, and far better than at par."""
    right = [{**row, "w": 1.0} for row in rows("binary", 600)]
    wrong = [{**row, "y": 1 - row["y"], "w": 0.0} for row in right]
    mixed = [row for pair in zip(right, wrong, strict=True) for row in pair]
    splits = [1, 1] * 400 + [3, 3] * 200
    for at, weighted in enumerate([True, False]):
        name = f"made-{at}"
        Made(mixed, splits, schema=schema("binary", weighted=weighted), name=name).publish(storage)
        response = run(storage, {**SETTINGS, "dataset": name, "epochs": 5}, JobContext.alone(name))
        test = response["evaluation"]["test"]
        assert test["rows"] == 400
        if weighted:
            assert test["auc"] > 0.95
        else:
            assert test["auc"] < 0.6


def test_weights_of_classes_move_the_predictions(storage: Storage) -> None:
    generator = np.random.default_rng(0)
    rare = [{**row, "y": int(generator.random() < 0.1), "size": 0.0} for row in rows("binary", 1200)]
    made("binary", rows=rare).publish(storage)
    means: list[float] = []
    for at, weights in enumerate(["balanced", {"1": 3.0}]):
        # All epochs: which one a dozen rare rows of the validation split choose is chance.
        settings = {**SETTINGS, "class_weights": weights, "early_stopping": None}
        run(storage, settings, JobContext.alone(f"job-{at}"))
        with served(storage) as predictor:
            signature = predictor.registry.get("m", at + 1, None).signatures["serving_default"]
            found = signature.call(
                np.zeros((3, 1), np.float32), np.array([[b"isle %d" % isle] for isle in range(3)], object)
            )
        means.append(float(found["predictions"].mean()))
    share = np.mean([row["y"] for row in made("binary", rows=rare).of("train")])
    assert means[0] == pytest.approx(0.5, abs=0.06)
    assert means[1] == pytest.approx(3 * share / (1 + 2 * share), abs=0.05)


@pytest.mark.parametrize(
    ("kind", "asked", "pointer"),
    [
        ("regression", "balanced", "/class_weights"),
        ("multiclass", {"Emperor": 2.0}, "/class_weights/Emperor"),
        ("binary", {"yes": 2.0}, "/class_weights/yes"),
        ("binary", {"0": 0.0, "1": 0.0}, "/class_weights"),
    ],
)
def test_weights_of_classes_that_are_none_are_refused(
    storage: Storage, kind: LabelKind, asked: Any, pointer: str
) -> None:
    made(kind, rows=rows(kind, 60)).publish(storage)
    with pytest.raises(InvalidRequest) as caught:
        run(storage, {**SETTINGS, "class_weights": asked}, JobContext.alone())
    assert caught.value.pointer == pointer


@pytest.mark.parametrize(("kind", "metric"), [("multiclass", "rmse"), ("regression", "auc")])
def test_a_gate_on_a_metric_that_the_kind_has_not_is_refused(storage: Storage, kind: LabelKind, metric: str) -> None:
    made(kind, rows=rows(kind, 60)).publish(storage)
    with pytest.raises(InvalidRequest, match=f"labels of kind {kind} have the metrics") as caught:
        run(storage, {**SETTINGS, "require": {metric: {"min": 0.5}}}, JobContext.alone())
    assert caught.value.pointer == f"/require/{metric}"


def test_a_version_is_beaten_on_another_dataset_by_classes_of_the_same_name(storage: Storage) -> None:
    made("multiclass").publish(storage)
    run(storage, {**SETTINGS, "epochs": 1, "label": "champion"}, JobContext.alone("first"))
    # Another dataset, in which a class comes before the others: ids are not the same.
    more = [{**row, "y": row["y"] + 1} for row in rows("multiclass")]
    more = [{**row, "y": 0} if at % 50 == 0 else row for at, row in enumerate(more)]
    base = made("multiclass", rows=more)
    Made(
        more, base.splits, schema=base.schema, classes=["Aardvark", *SPECIES], name="other", fingerprint="e" * 64
    ).publish(storage)
    body = {**SETTINGS, "dataset": "other", "require": {"better_than": {"label": "champion", "metric": "accuracy"}}}
    response = run(storage, body, JobContext.alone("second"))
    compared = response["gate"]["compared"]
    assert compared["its"] > 0.4
    assert compared["ours"] > compared["its"]


@pytest.mark.parametrize("kind", ["multiclass", "regression"])
def test_a_label_of_one_value_is_refused(storage: Storage, kind: LabelKind) -> None:
    same = [{**row, "y": 0 if kind == "multiclass" else 4.5} for row in rows(kind, 30)]
    base = made(kind, rows=same)
    classes: list[ClassName] | None = ["Adelie"] if kind == "multiclass" else None
    Made(same, base.splits, schema=base.schema, classes=classes).publish(storage)
    with pytest.raises(UnusableLabel, match="every label in the training split of dataset 'made' is"):
        Target.of(open_dataset(storage, "made"))


def test_batches_of_classes_have_the_names(species: tuple[Storage, dict[str, Any]], tmp_path: Path) -> None:
    storage, _ = species
    (tmp_path / "rows.jsonl").write_text('{"size": -5, "isle": "isle 1"}\n{"isle": null}\n{"size": 5}\n')
    from contracts.messages.batch_predictions import BatchRequest  # noqa: PLC0415  beside its use
    from modeling.batch_prediction.run import predict_files  # noqa: PLC0415

    for form in ("jsonl", "parquet"):
        request = BatchRequest.model_validate(
            {
                "name": f"p-{form}",
                "model": "m",
                "source": {"format": "jsonl", "uris": [str(tmp_path / "rows.jsonl")]},
                "absent_columns": "missing",
                "format": form,
            }
        )
        found = predict_files(storage, [str(tmp_path)], request, JobContext.alone(f"p-{form}"))
        assert sorted(found.columns) == ["class", "class_id", "probabilities"]
        data = storage.read(found.files[0].path)
        if form == "jsonl":
            lines = [json.loads(line) for line in data.splitlines()]
        else:
            import pyarrow as pa  # noqa: PLC0415
            from pyarrow import parquet  # noqa: PLC0415

            lines = parquet.read_table(pa.BufferReader(data)).to_pylist()
        assert [lines[0]["class"], lines[2]["class"]] == ["Adelie", "Gentoo"]
        assert len(lines[1]["probabilities"]) == 3
