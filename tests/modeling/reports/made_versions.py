"""Versions to look at, published without a training: real evaluations of made predictions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from contracts.label_kinds import LabelKind, label_traits
from contracts.messages.evaluation import EvaluationDetail, FeatureImportance, Importance, MissingValues, Worsening
from contracts.messages.trainings import EpochRecord, TrainingRequest, TrainingResult
from contracts.schema import Categorical, Feature, Label, Numeric, Schema
from contracts.storage import Storage
from modeling.evaluation.evaluate import evaluate
from modeling.evaluation.missing_plan import SHARES, Masks, SingleMask
from modeling.evaluation.missing_values import evaluate_missing
from modeling.evaluation.sampled_inputs import SampledInputs
from modeling.evaluation.slices import Tokens, slice_by
from modeling.label_kinds import labels_of_kind
from modeling.reports.version_changes import Evaluated
from modeling.repository.attempts import staging
from modeling.repository.versions import DETAIL, TrainedFrom, VersionManifest, describe_files, publish
from modeling.training.defaults import settled

NASTY = "</script><img src=x onerror=alert(1)>&\"'"
LONG = "a_feature_whose_name_is_long_enough_that_a_table_might_be_tempted_to_cut_it_and_must_not"
CLASSES = ("setosa", "versicolor", NASTY)


def predictions_of(kind: LabelKind, rows: int, seed: int, noise: float = 1.0) -> tuple[Any, Any]:
    """Labels and predictions of one quality; greater `noise` makes them worse."""
    generator = np.random.default_rng(seed)
    if kind == "regression":
        truth = generator.gamma(3, 400, rows)
        return truth, truth + generator.normal(0, 120 * noise, rows)
    if kind == "binary":
        odds = generator.normal(-1, 2, rows)
        labels = (generator.random(rows) < 1 / (1 + np.exp(-odds))).astype(np.float32)
        return labels, 1 / (1 + np.exp(-odds + generator.normal(0, noise, rows)))
    scores = generator.normal(0, 1.5, (rows, len(CLASSES)))
    chances = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    labels = (chances.cumsum(axis=1) < generator.random((rows, 1))).sum(axis=1).clip(0, len(CLASSES) - 1)
    noisy = np.exp(scores + generator.normal(0, noise, scores.shape))
    return labels.astype(np.float32), noisy / noisy.sum(axis=1, keepdims=True)


def made_missing(kind: LabelKind, features: Sequence[str], baseline: float | list[float]) -> MissingValues:
    """What missing values cost a model whose predictions move to the baseline, and past it, as fields are missing."""
    labels, predictions = predictions_of(kind, 500, 3)
    singles = [
        SingleMask(name, column, unseen, None if unseen else 3 * column)
        for column, name in enumerate(features)
        for unseen in (False, True)
    ]
    sample = SampledInputs(len(labels), len(labels), 0)
    sample.add(predictions, np.empty((len(labels), 0)), labels)

    def predict(numbers: Any, ids: Any, missing: Any, unseen: Any) -> Any:
        del ids
        share = 1.2 * (missing | unseen).mean(axis=1)
        share = share[:, None] if numbers.ndim > 1 else share
        moved = numbers * (1 - share) + np.asarray(baseline) * share
        return moved if kind == "regression" else np.clip(moved, 0.001, 0.999)

    found = evaluate_missing(kind, sample, Masks(SHARES, tuple(singles), len(features) + 2), baseline, predict, 0)
    assert found is not None
    return found


def made_version(
    kind: LabelKind = "binary", *, rows: int = 3000, noise: float = 1.0, request: dict[str, Any] | None = None
) -> Evaluated:
    """A version without a number, of three features, one of which it is sliced by, with a group that is worse."""
    labels, predictions = predictions_of(kind, rows, 4)
    ids = np.random.default_rng(1).choice(7, rows, p=[0.05, 0.05, 0.3, 0.3, 0.2, 0.09, 0.01])
    worse = ids == 4
    spoilt = predictions_of(kind, rows, 9, 3 * noise)[1]
    predictions = np.where(worse[:, None] if predictions.ndim > 1 else worse, spoilt, predictions)
    features: dict[str, Feature] = {
        LONG: Categorical(),
        NASTY: Numeric(dtype="float64"),
        "plain": Numeric(dtype="int64"),
    }
    classes = CLASSES if kind == "multiclass" else ()
    baseline = [1 / 3] * 3 if classes else float(labels.mean())
    evaluation = evaluate(kind, labels, predictions, baseline, 0, classes=classes)
    tokens = [b"Zurich", NASTY.encode(), b"the token of a slice that is worse", b"d", b"e"]
    metric = label_traits(kind).decisive
    drawn = labels_of_kind(kind).plots(labels, predictions, classes=classes)
    detail = EvaluationDetail(
        roc=drawn.roc,
        precision_recall=drawn.precision_recall,
        calibration=list(drawn.calibration),
        slices=[slice_by(Tokens(LONG, 2, tokens), ids, kind, labels, predictions)],
        importance=Importance(
            metric=metric,
            rows=rows,
            repeats=3,
            features=[
                FeatureImportance(feature=name, worse={metric: Worsening(mean=0.2 / (at + 1), std=0.01)})
                for at, name in enumerate(features)
            ],
        ),
        thresholds=drawn.thresholds,
        gain=drawn.gain,
        scores=drawn.scores,
        class_calibration=list(drawn.class_calibration),
        errors=drawn.errors,
        missing=made_missing(kind, list(features), baseline),
    )
    asked = TrainingRequest.model_validate({"model": "m", "dataset": "made", **(request or {})})
    names = {"binary": "auc", "multiclass": "accuracy", "regression": "rmse"}
    history = [
        EpochRecord.model_validate(
            {"epoch": at, "loss": 1 / at, names[kind]: 0.5 + at / 20, "val_loss": 0.4 + abs(at - 4) / 10}
        )
        for at in range(1, 9)
    ]
    manifest = VersionManifest(
        model="m",
        version=1,
        job="00000000-made",
        created=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC),
        schema=Schema(features=features, label=Label(column="y", kind=kind)),  # pyright: ignore[reportCallIssue]
        classes=list(classes) or None,
        dataset=TrainedFrom(name="made", fingerprint="f" * 64),
        request=settled(asked, rows),
        result=TrainingResult(
            model="m",
            version=1,
            evaluation=evaluation,
            gate=None,
            history=history,
            kept_epoch=4,
            seconds={"open": 0.2, "fit": 75.0, "evaluate": 1.5},
            examples_per_second=12345.6,
        ),
        libraries={"tensorflow": "2.0"},
        files={},
    )
    return Evaluated(manifest, detail)


def publish_version(storage: Storage, made: Evaluated) -> VersionManifest:
    """Publish it as the next version of its model, with no graph: its pages need none."""
    with staging(storage, made.manifest.model, made.manifest.job, 1) as staged:
        (staged / DETAIL).write_text(made.detail.model_dump_json())
        return publish(storage, staged, made.manifest.model_copy(update={"files": describe_files(staged)}))
