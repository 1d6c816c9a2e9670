"""Replay check before a version is published: the exported model must predict as the network did in training.

The SavedModel is loaded again from its files, as for serving, and each of its signatures predicts for the raw values of the
replay rows. Model inputs must equal those of training: ids exactly, numbers up to one in a million. Outputs must equal those of
the network, up to the rounding of float32, which depends on how many rows are computed at a time; numbers of a regression are
compared in deviations from the mean, as the network computes them, so that an offset hides no difference.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, assert_never

import numpy as np
import pyarrow as pa
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from contracts.errors import PredictionMismatch
from contracts.messages.output_names import PROBABILITIES
from contracts.schema import Schema, ValueType
from modeling.export.replay_rows import ReplayRows
from modeling.export.session_functions import GraphFunctions
from modeling.feature_kinds.raw_values import RawColumns
from modeling.label_kinds import TrainingLabels
from sources.arrays import Array

Tensors = Mapping[str, np.ndarray[Any, Any]]
_PACKED = (("packed",), ("packed_transform",))
_NAMED = (("signatures", "transform"), ("signatures", "serving_default"))
_EXAMPLES = ("signatures", "examples")
_TRANSFORMED = {"numeric", "categorical"}
_INPUT_TOLERANCE = 1e-6
_RELATIVE, _ABSOLUTE = 1e-4, 1e-5
_LONGEST_SHOWN = 500


def replay(folder: Path, schema: Schema, replay_rows: ReplayRows, answers: Tensors, labels: TrainingLabels) -> None:
    """Load the SavedModel in `folder` and compare it with training. `answers`: the trained network's outputs, by name.

    Raises `PredictionMismatch`, naming the signature, the row, the model input or output, and both values.
    """
    saved = saved_model_pb2.SavedModel.FromString((folder / "saved_model.pb").read_bytes())
    paths = {path[-1]: path for path in (*_PACKED, _EXAMPLES, *_NAMED)}
    packed_functions = GraphFunctions(folder, saved, [*_PACKED, _EXAMPLES])
    # They call the packed ones; to optimize graphs of thousands of columns takes seconds.
    by_column = GraphFunctions(folder, saved, _NAMED, joined=_NAMED, is_optimized=False)
    packed = RawColumns.of(schema).from_batch(replay_rows.rows)
    columns = [matrix for matrix in packed.matrices if matrix.shape[1]]
    examples = _examples(schema, replay_rows.rows)
    seen = {"numeric": replay_rows.numeric, "categorical": replay_rows.categorical}
    # Transforms first: where model inputs differ, the message names the feature.
    for name, path in sorted(paths.items(), key=lambda item: "transform" not in item[0]):
        given = packed.matrices if path in _PACKED else columns if path in _NAMED else [examples]
        function = (by_column if path in _NAMED else packed_functions)[path]
        outputs = dict(zip(function.outputs, function(*given), strict=True))
        if outputs.keys() == _TRANSFORMED:
            _compare_inputs(name, schema, replay_rows, seen, outputs)
        else:
            _compare_answers(name, replay_rows, answers, outputs, labels)


def _examples(schema: Schema, rows: pa.RecordBatch) -> Array:
    """Return raw rows as serialized tf.train.Examples, bytes [rows]; a missing value is an absent feature."""
    examples = [tf.train.Example() for _ in range(rows.num_rows)]
    features = [example.features.feature for example in examples]
    for name, kind in schema.raw_types.items():
        for feature, value in zip(features, _values(rows.column(name), kind), strict=True):
            if value is None or value == b"":
                continue
            match kind:
                case "bytes":
                    feature[name].bytes_list.value.append(value)
                case "int64" | "instant":
                    feature[name].int64_list.value.append(value)
                case "float64":
                    feature[name].float_list.value.append(value)
                case _:
                    assert_never(kind)
    return np.array([example.SerializeToString() for example in examples], object)


def _values(column: pa.Array, kind: ValueType) -> list[Any]:
    """Return a column's values, None where missing; numbers as records have them, rounded to float32."""
    values = column.to_pylist()
    if kind != "float64":
        return values
    with np.errstate(over="ignore"):
        rounded = np.array([0.0 if value is None else value for value in values]).astype(np.float32).tolist()
    return [None if value is None else number for value, number in zip(values, rounded, strict=True)]


def _compare_inputs(signature: str, schema: Schema, replay_rows: ReplayRows, seen: Tensors, received: Tensors) -> None:
    ids = [name for name, columns in schema.id_columns.items() for _ in columns]
    for part, names in (("categorical", ids), ("numeric", schema.number_inputs)):
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
