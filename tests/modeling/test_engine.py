"""The engine runs the kinds of jobs of the table, with the service's settings."""

from __future__ import annotations

import json

import keras
import pytest

from chassis.engine.engine import JobContext
from contracts.errors import NotFound
from contracts.storage import Storage
from modeling.engine import create
from modeling.settings import ModelingSettings

TRAINING = {"model": "m", "dataset": "nothing", "network": {"kind": "linear"}}
CLUSTER = json.dumps({"cluster": {"chief": ["a:1"], "worker": ["b:1"]}, "task": {"type": "chief", "index": 0}})


def settings(storage: Storage, jobs_at_once: int = 1) -> str:
    return ModelingSettings(storage=storage.uri, jobs_at_once=jobs_at_once).model_dump_json()


def test_a_kind_that_is_not_in_the_table_is_not_run(storage: Storage) -> None:
    with pytest.raises(ValueError, match=r"kinds of jobs here are training, batch-prediction.*Received: 'cube'"):
        create(settings(storage)).run("cube", {}, JobContext.alone())


def test_a_job_reads_the_storage_of_the_settings_and_leaves_nothing_of_keras(storage: Storage) -> None:
    engine = create(settings(storage))
    engine.warm()
    keras.layers.Dense(1)
    with pytest.raises(NotFound, match="no dataset"):
        engine.run("training", TRAINING, JobContext.alone())
    assert keras.layers.Dense(1).name == "dense", "names are counted from the beginning"
    engine.close()
