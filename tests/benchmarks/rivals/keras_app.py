"""A plain FastAPI route that calls `keras.Model.predict`: python keras_app.py FOLDER PORT."""

import math
import sys

import keras
import tensorflow as tf
import uvicorn
from fastapi import FastAPI


class Served(keras.Model):
    """The SavedModel as a Keras model."""

    def __init__(self, signature) -> None:
        super().__init__()
        self.signature = signature

    def call(self, inputs):
        return self.signature(**inputs)["predictions"]


def main(folder: str, port: int) -> None:
    model = tf.saved_model.load(folder)
    signature = model.signatures["serving_default"]
    dtypes = {name: tensor.dtype for name, tensor in zip(signature._arg_keywords, signature.inputs, strict=False)}
    served = Served(signature)
    app = FastAPI()

    @app.post("/predict")
    def predict(body: dict) -> dict:
        columns = {}
        for name, dtype in dtypes.items():
            missing = math.nan if dtype == tf.float32 else ""
            values = [row.get(name) for row in body["instances"]]
            columns[name] = tf.constant([missing if value is None else value for value in values], dtype)
        return {"predictions": served.predict(columns, verbose=0).tolist()}

    uvicorn.run(app, host="127.0.0.1", port=port, log_level="warning")


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
