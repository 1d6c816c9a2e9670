"""Cross-validation is what separate trainings give, costs the version nothing, and lets no label of a fold into its model."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from tests.modeling.made import Made, Row, make_rows
from tests.modeling.trained import run

from chassis.engine.engine import JobContext
from contracts.dataset.vocabulary import Vocabulary
from contracts.errors import Cancelled
from contracts.messages.folds.spec import Folds
from contracts.schema import Categorical, Label, Numeric, Schema
from contracts.statistics import Statistics
from contracts.storage import Storage
from modeling.input_pipeline.pipeline import open_pipeline
from modeling.layers.model_inputs import ModelInputs
from modeling.training.folds.row_folds import assign_folds

QUICK: dict[str, Any] = {
    "network": {"kind": "dnn", "hidden": [8], "dropout": 0.1},
    "epochs": 4,
    "batch_size": 32,
    "learning_rate": 0.02,
    "importance": {"rows": 0},
    "slices": [],
}


def splits_of(count: int) -> list[int]:
    return [(1, 1, 1, 1, 2, 3)[index % 6] for index in range(count)]


@dataclass(frozen=True)
class Without(Made):
    """A dataset of its own without a fold, with the statistics and vocabularies of the whole but for the label."""

    whole: Made = field(default_factory=lambda: Made([], []))

    @property
    def vocabularies(self) -> dict[str, Vocabulary]:
        return self.whole.vocabularies

    @property
    def statistics(self) -> Statistics:
        statistics = self.whole.statistics
        train = statistics.splits["train"].model_copy(update={"label": self._label_statistics(self.of("train"))})
        return statistics.model_copy(update={"splits": {**statistics.splits, "train": train}})


def dealt(rows: list[Row]) -> list[Row]:
    """Rows in the order in which two shards, of every second row each, have them as given."""
    half = (len(rows) + 1) // 2
    dealt_rows: list[Row] = [{}] * len(rows)
    dealt_rows[0::2], dealt_rows[1::2] = rows[:half], rows[half:]
    return dealt_rows


def folds_of_rows(made: Made, storage: Storage, folds: Folds) -> tuple[list[Row], np.ndarray]:
    """The training rows in the order of the records, and the fold of each."""
    dataset = made.publish(storage)
    model_inputs = ModelInputs(dataset.schema, dataset.statistics(), dataset.vocabularies())
    with open_pipeline(dataset, model_inputs, [str(Path(storage.uri).parent)]) as pipeline:
        of_rows = assign_folds(pipeline, folds, dataset.statistics().splits["train"].label).of_rows
    rows = made.of("train")
    return rows[0::2] + rows[1::2], of_rows


NUMBER = Schema(
    features={"distance km": Numeric(dtype="float64"), "carrier/日本": Categorical()},
    label=Label(column="delay", kind="regression"),
)


@pytest.mark.parametrize("kind", ["binary", "regression"])
def test_metrics_of_folds_are_those_of_separate_trainings(storage: Storage, kind: str) -> None:
    rows = make_rows(600)
    options: dict[str, Any] = {"split_rule": None}
    if kind == "regression":
        rows = [{**row, "delay": 30.0 * row["late"] + index % 7} for index, row in enumerate(rows)]
        options |= {"schema": NUMBER, "float64_labels": True}
    whole = Made(rows, splits_of(600), **options)
    ordered, of_rows = folds_of_rows(whole, storage, Folds(count=3))
    job = run(storage, {**QUICK, "folds": 3}, JobContext.alone("folds"))
    cross_validation = job["evaluation"]["cross_validation"]
    assert [fold["fold"] for fold in cross_validation["folds"]] == [1, 2, 3]
    name = "auc" if kind == "binary" else "rmse"
    separate: list[float] = []
    for fold, result in enumerate(cross_validation["folds"]):
        others = dealt([row for row, its in zip(ordered, of_rows, strict=True) if its != fold])
        held_out = dealt([row for row, its in zip(ordered, of_rows, strict=True) if its == fold])
        parts = [(1, others), (2, whole.of("validation")), (3, held_out)]
        alone = Without(
            [row for _, part in parts for row in part],
            [code for code, part in parts for _ in part],
            name=f"without-{fold}",
            whole=whole,
            **options,
        )
        alone.publish(storage)
        found = run(storage, {**QUICK, "dataset": f"without-{fold}"}, JobContext.alone(f"without-{fold}"))
        ours, theirs = ({**metrics} for metrics in (result["metrics"], found["evaluation"]["test"]))
        assert ours.pop("kind") == theirs.pop("kind") == kind
        assert ours == pytest.approx(theirs, rel=1e-6)
        assert (result["kept_epoch"], result["epochs"]) == (found["kept_epoch"], len(found["history"]))
        assert result["training_rows"] == len(others)
        separate.append(found["evaluation"]["test"][name])
    spread = cross_validation["metrics"][name]
    assert spread["mean"] == pytest.approx(np.mean(separate), rel=1e-6)
    assert spread["std"] == pytest.approx(np.std(separate, ddof=1), rel=1e-4)
    assert len(set(separate)) == 3


def test_the_version_is_the_one_without_folds_and_progress_names_them(storage: Storage) -> None:
    Made(make_rows(400), splits_of(400), split_rule=None).publish(storage)
    told: list[dict[str, Any]] = []
    require = {"folds": {"auc": {"min": 0.999}}}
    request = {**QUICK, "folds": {"count": 2, "seed": 3}}
    with_folds = run(storage, {**request, "require": require}, JobContext.alone("a", tell=told.append))
    plain = run(storage, QUICK, JobContext.alone("b"))
    cross_validation = with_folds["evaluation"].pop("cross_validation")
    assert plain["evaluation"].pop("cross_validation") is None
    assert with_folds["evaluation"] == plain["evaluation"]
    assert with_folds["history"] == plain["history"]
    phases = list(dict.fromkeys(said["phase"] for said in told))
    assert phases == ["open", "fold 1 of 2", "fold 2 of 2", "fit", "evaluate", "export", "publish"]
    fractions = [said["fraction"] for said in told]
    assert fractions == sorted(fractions)
    (miss,) = with_folds["gate"]["missed"]
    assert miss["condition"] == "folds.auc.min"
    assert miss["received"] == cross_validation["metrics"]["auc"]["mean"]
    assert {*with_folds["seconds"]} - {*plain["seconds"]} == {"folds"}
    again = run(storage, request, JobContext.alone("c"))["evaluation"]["cross_validation"]
    for first, second in zip(cross_validation["folds"], again["folds"], strict=True):
        assert {**first, "seconds": 0} == {**second, "seconds": 0}


def test_a_feature_that_is_a_random_id_helps_no_held_out_row(storage: Storage) -> None:
    """Each row has a token of its own, and the label is a coin's: the training split is learned by heart."""
    generator = np.random.default_rng(4)
    rows: list[Row] = [{"id": b"id %d" % index, "late": int(generator.integers(2))} for index in range(600)]
    schema = Schema(features={"id": Categorical()}, label=Label(column="late"))
    Made(rows, [1] * 600, schema=schema, split_rule=None, unknown=frozenset()).publish(storage)
    by_heart = {"network": {"kind": "linear"}, "optimizer": "adam", "learning_rate": 0.1, "masking": None}
    request = {**QUICK, **by_heart, "folds": 3, "epochs": 30}
    job = run(storage, request, JobContext.alone())
    assert job["history"][-1]["auc"] > 0.99
    cross_validation = job["evaluation"]["cross_validation"]
    for fold in cross_validation["folds"]:
        assert abs(fold["metrics"]["auc"] - 0.5) < 0.08
        assert fold["metrics"]["log_loss"] > 0.68
    assert job["evaluation"]["test"]["rows"] == 0


class Killed(BaseException):
    """As if the process had ended here."""


def test_finished_folds_are_not_trained_again(storage: Storage) -> None:
    Made(make_rows(400), splits_of(400), split_rule=None).publish(storage)
    request = {**QUICK, "folds": 3}

    def killed(said: dict[str, Any]) -> None:
        if said["phase"] == "fold 3 of 3" and said["details"]["epoch"] >= 2:
            raise Killed

    with pytest.raises(Killed):
        run(storage, request, JobContext.alone("job", tell=killed))
    told: list[dict[str, Any]] = []
    found = run(storage, request, JobContext.alone("job", attempt=2, tell=told.append))
    assert [said for said in told if said["phase"] in {"fold 1 of 3", "fold 2 of 3"}] == []
    assert min(said["details"]["epoch"] for said in told if said["phase"] == "fold 3 of 3") >= 2
    whole = run(storage, request, JobContext.alone("whole"))
    ours, theirs = (job["evaluation"]["cross_validation"] for job in (found, whole))
    assert ours["metrics"] == theirs["metrics"]
    assert not (Path(storage.uri).parent / "state" / "checkpoints" / "job").exists()


def test_a_cancel_in_a_fold_leaves_nothing(storage: Storage) -> None:
    Made(make_rows(400), splits_of(400), split_rule=None).publish(storage)
    context = JobContext.alone(tell=lambda said: context.cancel() if said["phase"] == "fold 2 of 3" else None)
    with pytest.raises(Cancelled):
        run(storage, {**QUICK, "folds": 3}, context)
    assert not storage.exists("models/m")
