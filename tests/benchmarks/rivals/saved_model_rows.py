"""The same SavedModel behind another server: a list of rows to one call of its `serving_default`, and back."""

import math

import tensorflow as tf


class Rows:
    """As a person writes it who takes the SavedModel as it is: one named tensor per feature."""

    def __init__(self, folder: str) -> None:
        self._model = tf.saved_model.load(folder)  # its variables live as long as it does
        self._call = self._model.signatures["serving_default"]
        self._inputs = {
            name: tensor.dtype for name, tensor in zip(self._call._arg_keywords, self._call.inputs, strict=False)
        }

    def __call__(self, rows: list[dict]) -> list[float]:
        columns = {}
        for name, dtype in self._inputs.items():
            missing = math.nan if dtype == tf.float32 else ""
            values = [row.get(name) for row in rows]
            columns[name] = tf.constant([missing if value is None else value for value in values], dtype)
        return self._call(**columns)["predictions"].numpy().tolist()
