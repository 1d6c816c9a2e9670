"""Replay check before a version is published: the exported model must predict as the network did in training.

The SavedModel is loaded again from its files, and each of its signatures predicts for the raw values of the replay rows.
Model inputs must equal those of training: ids exactly, numbers up to one in a million. Outputs must equal those of the
network, up to the rounding of float32, which depends on how many rows are computed at a time; numbers of a regression are
compared in deviations from the mean, as the network computes them, so that an offset hides no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import tensorflow as tf

from contracts.errors import PredictionMismatch
from contracts.messages.output_names import PROBABILITIES
from contracts.schema import Schema
from modeling.export.replay_rows import ReplayRows
from modeling.feature_kinds.raw_values import RawColumns
from modeling.label_kinds import TrainingLabels
from sources.matrices import value_types

Tensors = Mapping[str, np.ndarray[Any, Any]]
_PACKED = ("packed", "packed_transform")
_TRANSFORMED = {"numeric", "categorical"}
_INPUT_TOLERANCE = 1e-6
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5
_LONGEST_SHOWN = 500


def replay(folder: Path, schema: Schema, replay_rows: ReplayRows, answers: Tensors, labels: TrainingLabels) -> None:
    """Load the SavedModel in `folder` and compare it with training. `answers`: the trained network's outputs, by name.

    Raises `PredictionMismatch`, naming the signature, the row, the model input or output, and both values.
    """
    model: Any = tf.saved_model.load(str(folder))
    functions: dict[str, Any] = dict(model.signatures)
    functions |= {name: getattr(model, name).concrete_functions[0] for name in _PACKED}
    named, packed, examples = _raw_tensors(schema, replay_rows)
    seen = {"numeric": replay_rows.numeric, "categorical": replay_rows.categorical}
    # Transforms first: where model inputs differ, the message names the feature.
    for name, function in sorted(functions.items(), key=lambda item: "transform" not in item[0]):
        given = packed if name in _PACKED else examples if name == "examples" else named
        # By position: as keywords, TensorFlow takes `price usd` and `price_usd` for one name, and a feature may be called `self`.
        outputs = {output: tensor.numpy() for output, tensor in function(*given.values()).items()}
        if outputs.keys() == _TRANSFORMED:
            _compare_inputs(name, schema, replay_rows, seen, outputs)
        else:
            _compare_answers(name, replay_rows, answers, outputs, labels)


def _raw_tensors(schema: Schema, replay_rows: ReplayRows) -> tuple[dict[str, tf.Tensor], ...]:
    """Return the inputs of signatures, in their order: a tensor per raw feature, packed tensors, and serialized examples."""
    rows = replay_rows.rows
    columns = RawColumns.of(schema)
    values = columns.from_batch(rows)
    by_name = {name: tf.constant(column) for name, column in zip(columns.numbers, values.numeric.T, strict=True)}
    by_name |= {
        name: tf.constant(column, tf.string) for name, column in zip(columns.tokens, values.tokens.T, strict=True)
    }
    named = {name: by_name[name] for name in schema.features}
    packed = {"numeric": tf.constant(values.numeric), "categorical": tf.constant(values.tokens, tf.string)}
    return named, packed, {"examples": tf.constant(_examples(schema, replay_rows), tf.string)}


def _examples(schema: Schema, replay_rows: ReplayRows) -> list[bytes]:
    """Return the raw rows as serialized tf.train.Examples; a missing value is an absent feature."""
    kinds = value_types(schema)
    examples: list[bytes] = []
    for row in replay_rows.rows.to_pylist():
        features: dict[str, Any] = {}
        for name, kind in kinds.items():
            value = row[name]
            if value is None or value == b"":
                continue
            match kind:
                case "bytes":
                    features[name] = tf.train.Feature(bytes_list=tf.train.BytesList(value=[value]))
                case "int64":
                    features[name] = tf.train.Feature(int64_list=tf.train.Int64List(value=[value]))
                case "float64":
                    features[name] = tf.train.Feature(float_list=tf.train.FloatList(value=[_float32(value)]))
                case _:
                    assert_never(kind)
        examples.append(tf.train.Example(features=tf.train.Features(feature=features)).SerializeToString())
    return examples


def _float32(value: float) -> float:
    with np.errstate(over="ignore"):
        return float(np.float32(value))


def _compare_inputs(signature: str, schema: Schema, replay_rows: ReplayRows, seen: Tensors, received: Tensors) -> None:
    for part, names in (("categorical", schema.id_inputs), ("numeric", schema.number_inputs)):
        tolerance = _INPUT_TOLERANCE if part == "numeric" else 0
        same = np.isclose(received[part], seen[part], rtol=tolerance, atol=tolerance, equal_nan=True)
        if not same.all():
            row, column = (int(index) for index in np.argwhere(~same)[0])
            what = f"the model input {names[column]!r}"
            _refuse(signature, replay_rows, row, what, received[part][row, column], seen[part][row, column])


def _compare_answers(
    signature: str, replay_rows: ReplayRows, answers: Tensors, outputs: Tensors, labels: TrainingLabels
) -> None:
    if outputs.keys() != answers.keys():
        raise PredictionMismatch(
            f"not published: its signature {signature!r} returns {sorted(outputs)}, training {sorted(answers)}"
        )
    undecided = _undecided(answers)
    for name, expected in answers.items():
        received = outputs[name]
        if received.shape != expected.shape:
            same = np.zeros(len(expected), bool)
        elif np.issubdtype(expected.dtype, np.floating):
            # An output near 0 may be the difference of numbers as large as the largest output.
            replayed, trained = ((values - labels.center) / labels.deviation for values in (received, expected))
            absolute = _ABSOLUTE * max(1.0, float(np.abs(trained).max(initial=0.0)))
            same = np.isclose(replayed, trained, rtol=_RELATIVE, atol=absolute, equal_nan=True)
        else:
            same = (received == expected) | undecided
        if not same.all():
            row = int(np.argwhere(~same)[0][0])
            _refuse(signature, replay_rows, row, f"the output {name!r}", received[row], expected[row])


def _undecided(answers: Tensors) -> np.ndarray[Any, Any]:
    """Return True for rows whose two most probable classes tie, up to rounding; bool [rows], or one False without classes."""
    probabilities = answers.get(PROBABILITIES)
    if probabilities is None:
        return np.zeros(1, bool)
    second, first = np.sort(probabilities, axis=1)[:, -2:].T
    return first - second <= 2 * _ABSOLUTE


def _refuse(signature: str, replay_rows: ReplayRows, row: int, what: str, received: Any, expected: Any) -> None:
    shown = repr(replay_rows.rows.slice(row, 1).to_pylist()[0])
    if len(shown) > _LONGEST_SHOWN:
        shown = f"{shown[:_LONGEST_SHOWN]}…"
    raise PredictionMismatch(
        "training/serving skew: the exported model is not published, since its outputs differ from training: for "
        f"{replay_rows.names[row]}, {shown}, its signature {signature!r} returns {received} as {what}, and training saw "
        f"{expected}"
    )
