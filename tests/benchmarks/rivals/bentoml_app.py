"""The SavedModel behind BentoML, with its adaptive batching: bentoml serve bentoml_app:Served, folder in RIVAL_MODEL."""

import os

import bentoml
from saved_model_rows import Rows


@bentoml.service(workers=1, traffic={"timeout": 60, "max_concurrency": 256})
class Served:
    def __init__(self) -> None:
        self.rows = Rows(os.environ["RIVAL_MODEL"])

    @bentoml.api(batchable=True, max_batch_size=32, max_latency_ms=1000, route="/predict")
    def predict(self, instances: list[dict]) -> list[float]:
        return self.rows(instances)
