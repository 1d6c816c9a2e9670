"""Both services behind one object. It speaks HTTP alone: data stays where the services keep it."""

from __future__ import annotations

from tandem.dataset_methods import DatasetMethods
from tandem.job_methods import JobMethods
from tandem.model_methods import ModelMethods
from tandem.prediction_methods import PredictionMethods


class Tandem(DatasetMethods, ModelMethods, PredictionMethods, JobMethods):
    """A client of both services. Every method raises `Unreachable` and `Problem`, each a `ClientError`."""
