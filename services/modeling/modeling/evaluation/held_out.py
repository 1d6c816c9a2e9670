"""Evaluate a model in one pass over the test split: predictions, labels, weights and the ids of sliced features."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, ParamSpec

import numpy as np
import tensorflow as tf

from chassis.engine.engine import JobContext
from contracts.dataset.published import Dataset
from contracts.errors import InvalidRequest
from contracts.messages.evaluation import Evaluation, EvaluationDetail
from contracts.messages.folds.results import CrossValidation
from contracts.messages.metrics import Metrics
from contracts.messages.trainings import Training
from contracts.storage import Storage
from modeling.evaluation.evaluate import evaluate
from modeling.evaluation.forward_pass import ForwardPass
from modeling.evaluation.incumbent import Incumbent, predict_with_incumbent
from modeling.evaluation.missing_plan import Plan, TrainedOn, plan_masks
from modeling.evaluation.missing_values import evaluate_missing
from modeling.evaluation.permutation_importance import (
    Predict,
    RowSample,
    input_columns,
    permutation_importance,
    plan_importance,
)
from modeling.evaluation.row_cost import rows_at_once
from modeling.evaluation.sampled_inputs import SampledInputs
from modeling.evaluation.slices import DEFAULT_SLICES, SMALL_VOCABULARY, Tokens, slice_by
from modeling.evaluation.tuned_predictions import Tuned
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.label_kinds import labels_of_kind
from modeling.optimization.objective import Target
from modeling.serving.load_saved_model import load
from sources.arrays import Array


@dataclass(frozen=True)
class Findings:
    """Results on the test split. `incumbent`: the metrics of the version that the gate compares with, if there is one."""

    evaluation: Evaluation
    detail: EvaluationDetail
    incumbent: Metrics | None

    def with_folds(self, cross_validation: CrossValidation | None) -> Findings:
        """Return these results with those of cross-validation; None: there are none."""
        evaluation = self.evaluation.model_copy(update={"cross_validation": cross_validation})
        return replace(self, evaluation=evaluation)


def evaluate_held_out(
    tuned: Tuned,
    pipeline: InputPipeline,
    request: Training,
    incumbent: Predict | None,
    context: JobContext,
    trained: TrainedOn,
) -> Findings:
    """Evaluate a trained network on the test split, which may be empty.

    Holds labels, predictions and the ids of sliced features in memory: 12 bytes a row (16 of a
    regression), 4 for each of these features, and 4 for each class.
    Raises `InvalidRequest` for predictions that are not finite.
    """
    forward, target = tuned.forward, tuned.target
    schema, kind = pipeline.model_inputs.schema, target.kind
    sliced = _sliced(pipeline.dataset, request.slices)
    cost = forward.cost
    shuffles = plan_importance(
        request.importance,
        len(schema.features),
        test_rows=pipeline.rows("test"),
        trained_rows=pipeline.rows("train") * trained.epochs,
        cost=cost,
    )
    sample = RowSample(shuffles.rows, request.seed)
    plan = _plan(pipeline, target, request, trained, cost)
    masked = SampledInputs(pipeline.rows("test"), plan.rows, request.seed)
    samples = _Samples(sample if shuffles.rows else None, masked)
    rows = _gather(forward, pipeline, [tokens.feature for tokens in sliced], request, samples, incumbent, context)
    importance = None
    if shuffles.rows:
        context.check()
        columns = input_columns(pipeline.dataset.schema, is_final=pipeline.holds_model_inputs)
        importance = permutation_importance(
            kind, sample, columns, _checked(forward.predictions, context), shuffles, request.seed
        )
    ranked = [] if importance is None else [of_feature.feature for of_feature in importance.features]
    ranked = list(dict.fromkeys([*ranked, *schema.features]))
    missing = evaluate_missing(
        kind,
        masked,
        plan.masks(schema, trained, ranked),
        target.labels.baseline,
        _checked(forward.masked, context),
        request.seed,
        rows_at_once(cost),
    )
    names = [str(name) for name in target.labels.classes]
    drawn = labels_of_kind(kind).plots(rows.labels, rows.predictions, rows.weights, names)
    evaluation = evaluate(
        kind,
        rows.labels,
        rows.predictions,
        target.labels.baseline,
        request.seed,
        weights=rows.weights,
        classes=target.labels.classes,
    )
    evaluation = tuned.described(evaluation, rows.labels, rows.outputs, rows.weights, request.seed)
    return Findings(
        evaluation=evaluation,
        detail=EvaluationDetail(
            roc=drawn.roc,
            precision_recall=drawn.precision_recall,
            calibration=list(drawn.calibration),
            slices=[
                slice_by(tokens, rows.ids[:, column], kind, rows.labels, rows.predictions, rows.weights)
                for column, tokens in enumerate(sliced)
                if len(rows.labels)
            ],
            importance=importance,
            thresholds=drawn.thresholds,
            gain=drawn.gain,
            scores=drawn.scores,
            class_calibration=list(drawn.class_calibration),
            class_auc=list(drawn.class_auc),
            errors=drawn.errors,
            missing=missing,
        ),
        incumbent=None
        if incumbent is None
        else labels_of_kind(kind).score(rows.labels, rows.incumbent_predictions, rows.weights),
    )


def default_slices(dataset: Dataset) -> list[str]:
    """Return the first few categorical features with a small vocabulary."""
    bags = dataset.schema.bags
    single = [name for name in dataset.schema.vocabularies if name not in bags]
    sizes = {name: len(dataset.vocabulary(name)) for name in single}
    return [name for name, size in sizes.items() if 1 < size <= SMALL_VOCABULARY][:DEFAULT_SLICES]


@contextmanager
def asking(storage: Storage, incumbent: Incumbent | None, dataset: Dataset) -> Generator[Predict | None]:
    """Load the version to beat; None if there is none, or its metrics on these rows are known. Raises `CorruptData`."""
    if incumbent is None or incumbent.known is not None:
        yield None
        return
    loaded = load(storage, incumbent.manifest)
    yield predict_with_incumbent(loaded.predict_features, incumbent.manifest, dataset)


@dataclass(frozen=True)
class _Rows:
    """The test split: labels, the network's outputs, ids [rows, sliced features], the incumbent's predictions or none.

    `predictions`: of the outputs. `weights`: None where rows have none.
    """

    labels: Array
    outputs: Array
    ids: Array
    incumbent_predictions: Array
    predictions: Array
    weights: Array | None


@dataclass(frozen=True)
class _Samples:
    """Rows that are predicted again: shuffled, if importance is wanted, and masked."""

    shuffled: RowSample | None
    masked: SampledInputs

    def add(self, forward: ForwardPass, *batch: Any) -> None:
        """Add a batch's share: tensors as the records hold them, label and any weight."""
        if self.shuffled is not None:
            self.shuffled.add(*(part.numpy() for part in batch))
        chosen = self.masked.among_next(len(batch[2]))
        if len(chosen):
            numeric, categorical, *label_and_weight = (tf.gather(part, chosen) for part in batch)
            self.masked.add(*forward.inputs(numeric, categorical), *(part.numpy() for part in label_and_weight))


def _gather(
    forward: ForwardPass,
    pipeline: InputPipeline,
    sliced: list[str],
    request: Training,
    samples: _Samples,
    incumbent: Predict | None,
    context: JobContext,
) -> _Rows:
    # Features with a vocabulary come first, so a training that puts numbers into buckets moves none of them.
    columns = [pipeline.dataset.schema.id_inputs.index(name) for name in sliced]
    target = forward.target
    labels, outputs = [np.empty(0, np.float32)], [target.no_outputs()]
    incumbent_predictions = [target.no_predictions()]
    ids, weights = [np.empty((0, len(columns)), np.int32)], [np.empty(0, np.float32)]
    if pipeline.rows("test"):
        for numeric, categorical, label, *weight in pipeline.recorded("test", request.batch_size):
            context.check()
            output, categories = forward.outputs(numeric, categorical)
            labels.append(label.numpy())
            outputs.append(output)
            ids.append(categories[:, columns].astype(np.int32))
            samples.add(forward, numeric, categorical, label, *weight)
            weights += [tensor.numpy() for tensor in weight]
            if incumbent is not None:
                incumbent_predictions.append(incumbent(numeric.numpy(), categorical.numpy()))
    weighted = pipeline.dataset.schema.weight is not None
    whole = np.concatenate(outputs)
    rows = _Rows(
        np.concatenate(labels),
        whole,
        np.concatenate(ids),
        np.concatenate(incumbent_predictions),
        target.predictions(whole),
        weights=np.concatenate(weights) if weighted else None,
    )
    if not np.all(np.isfinite(rows.predictions)):
        raise InvalidRequest(
            "the model's predictions are not finite; a smaller learning rate may help", pointer="/learning_rate"
        )
    return rows


def _plan(pipeline: InputPipeline, target: Target, request: Training, trained: TrainedOn, cost: int) -> Plan:
    required = request.require and request.require.missing
    return plan_masks(
        len(pipeline.model_inputs.schema.features),
        test_rows=pipeline.rows("test"),
        trained_rows=pipeline.rows("train") * trained.epochs,
        row_bytes=4 * pipeline.model_inputs.number_width + 8 * pipeline.model_inputs.id_width,
        cost=cost,
        outputs=target.outputs,
        share=required.share if required else None,
    )


def _sliced(dataset: Dataset, asked: list[str] | None) -> list[Tokens]:
    names = default_slices(dataset) if asked is None else asked
    return [
        Tokens(name, dataset.schema.vocabularies[name].first_token_id, dataset.vocabulary(name).tokens.to_pylist())
        for name in names
    ]


_Predicting = ParamSpec("_Predicting")


def _checked(predict: Callable[_Predicting, Array], context: JobContext) -> Callable[_Predicting, Array]:
    """Wrap `predict` to raise `Cancelled` before the next prediction of a cancelled job."""

    def checked(*args: _Predicting.args, **options: _Predicting.kwargs) -> Array:
        context.check()
        return predict(*args, **options)

    return checked
