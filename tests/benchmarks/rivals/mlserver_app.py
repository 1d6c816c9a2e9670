"""The SavedModel behind MLServer as a runtime of its own, with its adaptive batching: mlserver start FOLDER."""

import math

import tensorflow as tf
from mlserver import MLModel
from mlserver.types import InferenceRequest, InferenceResponse, ResponseOutput


class Runtime(MLModel):
    async def load(self) -> bool:
        self._model = tf.saved_model.load(self.settings.parameters.uri)
        self._call = self._model.signatures["serving_default"]
        self._inputs = {
            name: tensor.dtype for name, tensor in zip(self._call._arg_keywords, self._call.inputs, strict=False)
        }
        return True

    async def predict(self, payload: InferenceRequest) -> InferenceResponse:
        columns = {}
        for each in payload.inputs:
            dtype = self._inputs[each.name]
            missing = math.nan if dtype == tf.float32 else ""
            columns[each.name] = tf.constant([missing if value is None else value for value in each.data], dtype)
        found = self._call(**columns)["predictions"].numpy()
        output = ResponseOutput(name="predictions", shape=list(found.shape), datatype="FP32", data=found.tolist())
        return InferenceResponse(model_name=self.name, outputs=[output])
