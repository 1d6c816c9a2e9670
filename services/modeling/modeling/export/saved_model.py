"""Export a trained model as a self-contained SavedModel: predicting needs no code of this project.

    serving_default   one named tensor per raw feature, [rows]: float32 (NaN: missing) or string (empty: missing) → predictions
    examples          `examples`, string [rows]: serialized tf.train.Examples with one named raw feature per column → predictions
    transform         as serving_default → `numeric` float32 [rows, numbers], `categorical` int64 [rows, ids]: the model's inputs,
                      in the order of `Schema.number_inputs` and `Schema.id_inputs`

All of them read text as the schema has it: without spaces around it, in lower case, numbers and booleans in their canonical
spelling. Next to these signatures, which any TensorFlow server can use, the module holds `packed` and `packed_transform`: the
same from two tensors, `numeric` float32 [rows, N] and `categorical` string [rows, M] of tokens that are read already, which cost
less than forty of them a call.

No name of a feature is ever a name in TensorFlow's graph, so any two different names can be told apart. In a loaded model
TensorFlow's Python takes the tensors by keyword, where it cleans names (`price usd` and `price_usd` become one), or by position,
in the order of the schema.

The predictions depend on the label's kind, see `modeling.label_kinds`: `predictions` [rows], float32 for a binary label (the
probability of 1) and float64 for a regression (a number in the label's unit), which may have `quantiles`, float64 [rows,
quantiles]; for several classes `probabilities` float32
[rows, classes], and the most probable one as `class_id` int64 [rows] and by its name as `class` [rows], int64 or string.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import keras
import tensorflow as tf
from tensorflow.core.protobuf import saved_model_pb2

from contracts.features import ColumnType
from contracts.schema import Schema
from modeling.input_pipeline.parse_examples import raw_columns
from modeling.layers.model_inputs import ModelInputs
from modeling.layers.token_text.read_tokens import read_tokens
from modeling.optimization.objective import Target
from sources.matrices import places_of

_DTYPES: dict[ColumnType, tf.DType] = {"number": tf.float32, "token": tf.string}
"""The dtype of a column in a signature."""
_PLACEHOLDER = "tandem_raw_feature_{:06d}"
"""Neutral names, which TensorFlow sorts as the schema orders the features."""


class ServingModule(tf.Module):
    """The layers and the network as functions of tensors, and what these need to be saved with them."""

    def __init__(self, schema: Schema, model_inputs: ModelInputs, network: keras.Model, target: Target) -> None:
        super().__init__(name="tandem")
        # Only variables and tables are tracked, not Keras objects: loading must not look for Keras classes.
        self.tracked_variables = [variable.value for variable in (*model_inputs.weights, *network.weights)]
        self.vocabulary_tables = model_inputs.tables
        numeric = tf.TensorSpec([None, len(schema.number_columns)], tf.float32, name="numeric")
        categorical = tf.TensorSpec([None, len(schema.token_columns)], tf.string, name="categorical")

        def transform(numeric: tf.Tensor, categorical: tf.Tensor) -> dict[str, tf.Tensor]:
            final, ids = model_inputs(numeric, categorical)
            return {"numeric": final, "categorical": ids}

        def predict(numeric: tf.Tensor, categorical: tf.Tensor) -> dict[str, tf.Tensor]:
            return target.named_outputs(network(model_inputs(numeric, categorical), training=False))

        self.packed = tf.function(predict, input_signature=[numeric, categorical], autograph=False)
        self.packed_transform = tf.function(transform, input_signature=[numeric, categorical], autograph=False)


def export(schema: Schema, model_inputs: ModelInputs, network: keras.Model, target: Target, folder: Path) -> None:
    """Write the SavedModel into `folder`, which need not be there yet."""
    module = ServingModule(schema, model_inputs, network, target)
    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            "serving_default": _named(schema, module.packed),
            "transform": _named(schema, module.packed_transform),
            "examples": _from_examples(schema, module.packed),
        },
    )
    _give_inputs_their_names(folder / "saved_model.pb", list(schema.features))


def _named(schema: Schema, packed: Any) -> Any:
    """Return the packed function with an argument per raw feature, in schema order, under neutral names."""
    names = list(schema.features)
    numeric = places_of(schema.number_columns, names)
    categorical = places_of(schema.token_columns, names)

    def function(*columns: tf.Tensor) -> Any:
        rows = tf.size(columns[0])
        numbers = [columns[index] for index in numeric]
        tokens = [columns[index] for index in categorical]
        return packed(
            tf.stack(numbers, axis=1) if numbers else tf.zeros([rows, 0]),
            read_tokens(tf.stack(tokens, axis=1), schema) if tokens else tf.zeros([rows, 0], tf.string),
        )

    dtypes = [_DTYPES[feature.column_type] for feature in schema.features.values()]
    signature = [tf.TensorSpec([None], dtype, name=_PLACEHOLDER.format(index)) for index, dtype in enumerate(dtypes)]
    return tf.function(function, input_signature=signature, autograph=False)


def _from_examples(schema: Schema, packed: Any) -> Any:
    def function(examples: tf.Tensor) -> Any:
        numeric, categorical = raw_columns(examples, schema)
        return packed(numeric, read_tokens(categorical, schema))

    signature = [tf.TensorSpec([None], tf.string, name="examples")]
    return tf.function(function, input_signature=signature, autograph=False)


def _give_inputs_their_names(path: Path, names: list[str]) -> None:
    """Rename the signatures' inputs from the neutral names to the features' own, and let them be passed by position.

    TensorFlow makes Python parameters of them while tracing, and a parameter cannot be called `class` or hold a space;
    in the saved format, any text is a name.
    """
    model = saved_model_pb2.SavedModel()
    model.ParseFromString(path.read_bytes())
    own = {_PLACEHOLDER.format(index): name for index, name in enumerate(names)}
    for graph in model.meta_graphs:
        for signature in graph.signature_def.values():
            inputs = {own.get(key, key): info.SerializeToString() for key, info in signature.inputs.items()}
            signature.inputs.clear()
            for key, serialized in inputs.items():
                signature.inputs[key].ParseFromString(serialized)
        for node in graph.object_graph_def.nodes:
            if node.WhichOneof("kind") != "bare_concrete_function":
                continue
            function = node.bare_concrete_function
            function.argument_keywords[:] = [own.get(keyword, keyword) for keyword in function.argument_keywords]
            function.allowed_positional_arguments = len(function.argument_keywords)
    path.write_bytes(model.SerializeToString())
    # It describes the bytes that TensorFlow wrote; these have checksums of their own in the version's manifest.
    (path.parent / "fingerprint.pb").unlink(missing_ok=True)
