"""Evaluate a model in one pass over the test split: predictions, labels, weights and the ids of sliced features."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from chassis.engine.engine import JobContext
from contracts.dataset import Dataset
from contracts.errors import InvalidRequest
from contracts.messages.evaluation import Evaluation, EvaluationDetail
from contracts.messages.metrics import Metrics
from contracts.messages.trainings import Training
from contracts.schema import Schema
from contracts.storage import Storage
from modeling.evaluation.evaluate import evaluate
from modeling.evaluation.incumbent import Incumbent, predict_with_incumbent
from modeling.evaluation.permutation_importance import Columns, Predict, RowSample, permutation_importance, sample_size
from modeling.evaluation.slices import DEFAULT_SLICES, SMALL_VOCABULARY, Tokens, slice_by
from modeling.feature_kinds.raw_values import RawColumns
from modeling.input_pipeline.pipeline import InputPipeline
from modeling.label_kinds import labels_of_kind
from modeling.optimization.objective import Target
from modeling.serving.load_saved_model import load
from modeling.serving.loaded_version import DEFAULT_SIGNATURE
from sources.arrays import Array


@dataclass(frozen=True)
class Findings:
    """Results on the test split. `incumbent`: the metrics of the version that the gate compares with, if there is one."""

    evaluation: Evaluation
    detail: EvaluationDetail
    incumbent: Metrics | None


def evaluate_held_out(
    network: keras.Model,
    pipeline: InputPipeline,
    target: Target,
    request: Training,
    incumbent: Predict | None,
    context: JobContext,
) -> Findings:
    """Evaluate a trained network on the test split, which may be empty.

    Holds labels, predictions and the ids of sliced features in memory: 12 bytes a row (16 of a
    regression), 4 for each of these features, and 4 for each class.
    Raises `InvalidRequest` for predictions that are not finite.
    """
    schema = pipeline.dataset.schema
    kind = target.kind
    forward = _Forward(network, pipeline, target)
    sliced = _sliced(pipeline.dataset, request.slices)
    spec = request.importance
    sample = RowSample(sample_size(spec.rows, len(schema.features), spec.repeats), request.seed)
    rows = _gather(forward, pipeline, [tokens.feature for tokens in sliced], request, sample, incumbent, context)
    importance = None
    if spec.rows:
        context.check()
        columns = input_columns(schema, is_final=pipeline.holds_model_inputs)
        importance = permutation_importance(
            kind, sample, columns, _checked(forward.predictions, context), spec.repeats, request.seed
        )
    names = [str(name) for name in target.labels.classes]
    drawn = labels_of_kind(kind).plots(rows.labels, rows.predictions, rows.weights, names)
    return Findings(
        evaluation=evaluate(
            kind,
            rows.labels,
            rows.predictions,
            target.labels.baseline,
            request.seed,
            weights=rows.weights,
            classes=target.labels.classes,
        ),
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
            errors=drawn.errors,
        ),
        incumbent=None
        if incumbent is None
        else labels_of_kind(kind).score(rows.labels, rows.incumbent_predictions, rows.weights),
    )


def default_slices(dataset: Dataset) -> list[str]:
    """Return the first few categorical features with a small vocabulary."""
    sizes = {name: len(dataset.vocabulary(name)) for name in dataset.schema.vocabularies}
    return [name for name, size in sizes.items() if 1 < size <= SMALL_VOCABULARY][:DEFAULT_SLICES]


def input_columns(schema: Schema, *, is_final: bool) -> dict[str, Columns]:
    """Return the columns of each feature in the tensors that records hold: raw ones, or the model's inputs.

    Of the model's inputs, a feature's own are its number or its id, its indicator, and the crosses that it is part of, which
    cannot be recomputed and so are shuffled whole.
    """
    if not is_final:
        columns = RawColumns.of(schema)
        return {
            name: Columns(*([names.index(name)] if name in names else [] for names in columns))
            for name in schema.features
        }
    numbers, ids = schema.number_inputs, schema.id_inputs
    crosses: dict[str, list[str]] = {name: [] for name in schema.features}
    for cross in schema.crosses:
        for name in cross.features:
            crosses[name].append(cross.name)
    return {
        name: Columns(
            [numbers.index(made) for made in (*feature.number_inputs(name), *feature.indicator_inputs(name))],
            [ids.index(made) for made in (*feature.id_inputs(name), *crosses[name])],
        )
        for name, feature in schema.features.items()
    }


@contextmanager
def asking(storage: Storage, incumbent: Incumbent | None, dataset: Dataset) -> Generator[Predict | None]:
    """Load the version to beat; None if there is none, or its metrics on these rows are known. Raises `CorruptData`."""
    if incumbent is None or incumbent.known is not None:
        yield None
        return
    loaded = load(storage, incumbent.manifest)
    yield predict_with_incumbent(loaded.signatures[DEFAULT_SIGNATURE].call, incumbent.manifest, dataset)


@dataclass(frozen=True)
class _Rows:
    """The test split: labels, predictions, ids [rows, sliced features], the incumbent's predictions or none, and any weights."""

    labels: Array
    predictions: Array
    ids: Array
    incumbent_predictions: Array
    weights: Array | None


class _Forward:
    """From records' tensors to predictions and category ids, as one graph."""

    def __init__(self, network: keras.Model, pipeline: InputPipeline, target: Target) -> None:
        self.target = target
        is_final, model_inputs = pipeline.holds_model_inputs, pipeline.model_inputs

        def forward(numeric: tf.Tensor, categorical: tf.Tensor) -> tuple[tf.Tensor, tf.Tensor]:
            inputs = (numeric, categorical) if is_final else model_inputs(numeric, categorical)
            return network(inputs, training=False), inputs[1]

        numeric, categorical, *_ = pipeline.recorded("test", 1).element_spec
        signature = [tf.TensorSpec([None, *spec.shape[1:]], spec.dtype) for spec in (numeric, categorical)]
        self._graph = tf.function(forward, input_signature=signature)

    def both(self, numeric: Any, categorical: Any) -> tuple[Array, Array]:
        """Return predictions, see `Target.predictions`, and ids, int64 [rows, M]."""
        output, ids = self._graph(numeric, categorical)
        return self.target.predictions(output.numpy()), ids.numpy()

    def predictions(self, numeric: Array, categorical: Array) -> Array:
        """Return predictions alone."""
        return self.both(tf.constant(numeric), tf.constant(categorical))[0]


def _gather(
    forward: _Forward,
    pipeline: InputPipeline,
    sliced: list[str],
    request: Training,
    sample: RowSample,
    incumbent: Predict | None,
    context: JobContext,
) -> _Rows:
    # Features with a vocabulary come first, so a training that puts numbers into buckets moves none of them.
    columns = [pipeline.dataset.schema.id_inputs.index(name) for name in sliced]
    none = forward.target.no_predictions()
    labels, predictions, incumbent_predictions = [np.empty(0, np.float32)], [none], [none]
    ids, weights = [np.empty((0, len(columns)), np.int32)], [np.empty(0, np.float32)]
    if pipeline.rows("test"):
        for numeric, categorical, label, *weight in pipeline.recorded("test", request.batch_size):
            context.check()
            predicted, categories = forward.both(numeric, categorical)
            labels.append(label.numpy())
            predictions.append(predicted)
            ids.append(categories[:, columns].astype(np.int32))
            if request.importance.rows:
                sample.add(*(part.numpy() for part in (numeric, categorical, label, *weight)))
            weights += [tensor.numpy() for tensor in weight]
            if incumbent is not None:
                incumbent_predictions.append(incumbent(numeric.numpy(), categorical.numpy()))
    weighted = pipeline.dataset.schema.weight is not None
    rows = _Rows(
        *(np.concatenate(parts) for parts in (labels, predictions, ids, incumbent_predictions)),
        weights=np.concatenate(weights) if weighted else None,
    )
    if not np.all(np.isfinite(rows.predictions)):
        raise InvalidRequest(
            "the model's predictions are not finite; a smaller learning rate may help", pointer="/learning_rate"
        )
    return rows


def _sliced(dataset: Dataset, asked: list[str] | None) -> list[Tokens]:
    names = default_slices(dataset) if asked is None else asked
    return [
        Tokens(name, dataset.schema.vocabularies[name].first_token_id, dataset.vocabulary(name).tokens.to_pylist())
        for name in names
    ]


def _checked(predict: Predict, context: JobContext) -> Predict:
    """Wrap `predict` to raise `Cancelled` before the next prediction of a cancelled job."""

    def checked(numeric: Array, categorical: Array) -> Array:
        context.check()
        return predict(numeric, categorical)

    return checked
