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

from contracts.schema import Schema
from modeling.export.named_arguments import CATEGORICAL, INTEGERS, NUMERIC, name_arguments
from modeling.input_pipeline.parse_examples import raw_columns
from modeling.layers.feature_values import FeatureValues
from modeling.layers.model_inputs import ModelInputs
from modeling.layers.token_text.read_tokens import read_tokens
from modeling.layers.token_text.token_lists import checked_lists
from modeling.optimization.objective import Target


class ServingModule(tf.Module):
    """The layers and the network as functions of tensors, and what these need to be saved with them."""

    def __init__(self, schema: Schema, model_inputs: ModelInputs, network: keras.Model, target: Target) -> None:
        super().__init__(name="tandem")
        # Only variables and tables are tracked, not Keras objects: loading must not look for Keras classes.
        self.tracked_variables = [variable.value for variable in (*model_inputs.weights, *network.weights)]
        self.vocabulary_tables = model_inputs.tables
        feature_values = FeatureValues(schema)

        def inputs(
            numeric: tf.Tensor, categorical: tf.Tensor, integers: tf.Tensor | None
        ) -> tuple[tf.Tensor, tf.Tensor]:
            return model_inputs(*feature_values(numeric, categorical, integers))

        def transform(
            numeric: tf.Tensor, categorical: tf.Tensor, integers: tf.Tensor | None = None
        ) -> dict[str, tf.Tensor]:
            final, ids = inputs(numeric, categorical, integers)
            return {"numeric": final, "categorical": ids}

        def predict(
            numeric: tf.Tensor, categorical: tf.Tensor, integers: tf.Tensor | None = None
        ) -> dict[str, tf.Tensor]:
            return target.named_outputs(network(inputs(numeric, categorical, integers), training=False))

        specs = matrix_specs(schema)
        signature = [spec for name, spec in specs.items() if name != INTEGERS or spec.shape[1]]
        self.packed = tf.function(predict, input_signature=signature, autograph=False)
        self.packed_transform = tf.function(transform, input_signature=signature, autograph=False)
        if schema.computed:
            self.packed_features = _of_features(schema, model_inputs, network, target)


def _of_features(schema: Schema, model_inputs: ModelInputs, network: keras.Model, target: Target) -> Any:
    """Return predictions as a function of the values of features, as records have them, which holds nothing that is computed."""

    def predict(numeric: tf.Tensor, categorical: tf.Tensor) -> dict[str, tf.Tensor]:
        return target.named_outputs(network(model_inputs(numeric, categorical), training=False))

    signature = [
        tf.TensorSpec([None, len(schema.number_columns)], tf.float32, name=NUMERIC),
        tf.TensorSpec([None, len(schema.token_columns)], tf.string, name=CATEGORICAL),
    ]
    return tf.function(predict, input_signature=signature, autograph=False)


def export(schema: Schema, model_inputs: ModelInputs, network: keras.Model, target: Target, folder: Path) -> None:
    """Write the SavedModel into `folder`, which need not be there yet."""
    module = ServingModule(schema, model_inputs, network, target)
    tf.saved_model.save(
        module,
        str(folder),
        signatures={
            "serving_default": _by_type(schema, module.packed),
            "transform": _by_type(schema, module.packed_transform),
            "examples": _from_examples(schema, module.packed),
        },
    )
    path = folder / "saved_model.pb"
    saved = saved_model_pb2.SavedModel.FromString(path.read_bytes())
    (graph,) = saved.meta_graphs
    name_arguments(graph, schema, ["serving_default", "transform"])
    path.write_bytes(saved.SerializeToString())
    # It describes the bytes that TensorFlow wrote; these have checksums of their own in the version's manifest.
    (folder / "fingerprint.pb").unlink(missing_ok=True)


def matrix_specs(schema: Schema) -> dict[str, tf.TensorSpec]:
    """Return the matrices of raw values, by the names of arguments."""
    return {
        NUMERIC: tf.TensorSpec([None, len(schema.raw_columns("number"))], tf.float32, name=NUMERIC),
        CATEGORICAL: tf.TensorSpec([None, len(schema.raw_columns("token"))], tf.string, name=CATEGORICAL),
        INTEGERS: tf.TensorSpec([None, len(schema.raw_columns("integer"))], tf.int64, name=INTEGERS),
    }


def _by_type(schema: Schema, packed: Any) -> Any:
    """Return the packed function of text as a client may write it, with an argument for each type of columns that there is."""

    def function(
        numeric: tf.Tensor | None = None, categorical: tf.Tensor | None = None, integers: tf.Tensor | None = None
    ) -> Any:
        rows = next(tf.shape(given)[0] for given in (numeric, categorical, integers) if given is not None)
        return _call(
            packed,
            schema,
            tf.zeros([rows, 0]) if numeric is None else numeric,
            tf.zeros([rows, 0], tf.string) if categorical is None else categorical,
            integers,
        )

    there = {name: spec for name, spec in matrix_specs(schema).items() if spec.shape[1]}
    return tf.function(function, autograph=False).get_concrete_function(**there)


def _from_examples(schema: Schema, packed: Any) -> Any:
    def function(examples: tf.Tensor) -> Any:
        return _call(packed, schema, *raw_columns(examples, schema))

    signature = [tf.TensorSpec([None], tf.string, name="examples")]
    return tf.function(function, input_signature=signature, autograph=False)


def _call(packed: Any, schema: Schema, numeric: tf.Tensor, categorical: tf.Tensor, integers: tf.Tensor | None) -> Any:
    """Call the packed function with text as it is written."""
    tokens = checked_lists(read_tokens(categorical, schema), schema)
    return packed(numeric, tokens) if integers is None else packed(numeric, tokens, integers)
