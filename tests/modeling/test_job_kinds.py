"""The table of jobs: what each kind is asked for, and what it runs. See also `chassis/jobs/test_kinds`."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.trainings import TrainingRequest
from modeling.batch_prediction import run as batch_prediction
from modeling.job_kinds import BATCH_PREDICTION, KINDS, TRAINING
from modeling.training import train


def test_each_kind_has_its_request_and_runs_its_own_module() -> None:
    assert {kind.name: kind.request for kind in KINDS} == {
        "training": TrainingRequest,
        "batch-prediction": BatchRequest,
    }
    assert KINDS["training"] is TRAINING
    assert TRAINING.load() is train.run
    assert BATCH_PREDICTION.load() is batch_prediction.run


def test_a_request_of_one_kind_is_none_of_the_other() -> None:
    source = {"format": "csv", "uris": ["rows.csv"]}
    BATCH_PREDICTION.request.model_validate({"name": "p", "model": "m", "source": source})
    with pytest.raises(ValidationError) as caught:
        TRAINING.request.model_validate({"name": "p", "model": "m", "source": source})
    refused = {error["loc"]: error["type"] for error in caught.value.errors()}
    assert refused["source",] == "extra_forbidden"
