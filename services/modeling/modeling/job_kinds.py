"""The kinds of jobs of this service. Imports no TensorFlow and no routes: see `chassis.jobs.kinds`."""

from __future__ import annotations

from chassis.jobs.kinds import JobKind, JobKinds
from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.trainings import TrainingRequest
from modeling.batch_prediction import repository
from modeling.training import cleanup

BATCH_PREDICTION = JobKind(
    name="batch-prediction",
    request=BatchRequest,
    run="modeling.batch_prediction.run:run",
    routes="modeling.api.batch_predictions:router",
    settle=repository.settle,
    sweep=repository.sweep,
)

TRAINING = JobKind(
    name="training",
    request=TrainingRequest,
    run="modeling.training.train:run",
    routes="modeling.api.trainings:router",
    settle=cleanup.settle,
    tidy_up=cleanup.tidy_up,
    sweep=cleanup.sweep,
)

KINDS = JobKinds(TRAINING, BATCH_PREDICTION)
