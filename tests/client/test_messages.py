"""The client sends what the services receive: routes have the messages of `contracts`, and each field has an option."""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any, get_args

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute, iter_route_contexts
from pydantic import BaseModel, ValidationError
from tests.client.scripted import Script
from tests.real_apps import app_of

import tandem
from contracts.messages.batch_predictions import BatchRequest
from contracts.messages.comparisons import CompareRequest
from contracts.messages.datasets import DatasetRequest
from contracts.messages.jobs import JobMessage, ProgressMessage
from contracts.messages.labels import LabelRequest
from contracts.messages.schemas import PROPOSAL_EXAMPLE, InferRequest, Proposal
from contracts.messages.skew import SkewRequest
from contracts.messages.trainings import TrainingRequest
from tandem.commands import batch, dataset, models, publications
from tandem.commands.skew import skew
from tandem.commands.train import train
from tandem.messages import read, sent

OWN_OPTIONS = {
    "source": {"uri", "source_format", "null"},
    "label": {"label", "label_expression", "label_kind", "label_positive", "label_strip", "label_fold_case"},
    "filter": {"condition"},
    "format": {"output_format"},
    "with_": {"other"},
}
"""Fields that the command line takes apart, or under another name in Python; by field, the parameters that make it."""


def messages_of(app: FastAPI) -> dict[str, type[BaseModel]]:
    """By method and path, each model that a route receives or replies."""
    models: dict[str, type[BaseModel]] = {}
    for context in iter_route_contexts(app.routes):
        route = context.original_route
        if not isinstance(route, APIRoute):
            continue
        fields = [("body", route.body_field), ("reply", route.response_field)]
        for direction, field in fields:
            annotation: Any = None if field is None else field.field_info.annotation
            if inspect.isclass(annotation) and issubclass(annotation, BaseModel):
                models[f"{direction} of {sorted(route.methods or ())} {route.path}"] = annotation
    return models


@pytest.mark.parametrize("service", ["modeling", "preprocessing"])
def test_every_message_of_a_route_is_defined_in_contracts(service: str, tmp_path: Path) -> None:
    models = messages_of(app_of(service, tmp_path))
    assert len(models) > 5
    assert {
        name: model.__module__ for name, model in models.items() if not model.__module__.startswith("contracts.")
    } == {}


def test_the_client_has_the_services_own_requests() -> None:
    assert tandem.DatasetRequest is DatasetRequest
    assert tandem.TrainingRequest is TrainingRequest
    assert tandem.BatchRequest is BatchRequest


@pytest.mark.parametrize(
    ("request_model", "command"),
    [
        (DatasetRequest, dataset.create),
        (CompareRequest, publications.compare),
        (TrainingRequest, train),
        (BatchRequest, batch.create),
        (SkewRequest, skew),
        (LabelRequest, models.label),
    ],
)
def test_every_field_has_an_option(request_model: type[BaseModel], command: Callable[..., None]) -> None:
    options = inspect.signature(command).parameters.keys()
    for name in request_model.model_fields:
        wanted = {name} if name in options else OWN_OPTIONS.get(name, {name})
        assert wanted <= options, f"{request_model.__name__}.{name} has no option in `{command.__name__}`"


def models_in(annotation: Any, seen: set[type[BaseModel]]) -> set[type[BaseModel]]:
    """The models of a field's type, and those of their fields."""
    if inspect.isclass(annotation) and issubclass(annotation, BaseModel) and annotation not in seen:
        seen.add(annotation)
        for field in annotation.model_fields.values():
            models_in(field.annotation, seen)
    for part in get_args(annotation):
        models_in(part, seen)
    return seen


@pytest.mark.parametrize("request_model", [DatasetRequest, TrainingRequest, BatchRequest, InferRequest, SkewRequest])
def test_every_option_of_a_request_has_a_class_in_the_client(request_model: type[BaseModel]) -> None:
    options = models_in(request_model, set())
    assert {option.__name__ for option in options if getattr(tandem, option.__name__, None) is not option} == set()
    assert {option.__name__ for option in options} <= set(tandem.__all__)


def test_requests_of_classes_are_sent_as_mappings_are(client: tandem.Tandem, service: Script) -> None:
    request = tandem.TrainingRequest(
        model="m",
        dataset="d",
        network=tandem.Dnn(kind="dnn", hidden=[8]),
        optimizer=tandem.Adam(kind="adam"),
        early_stopping=tandem.EarlyStopping(patience=2),
        require=tandem.Require(better_than=tandem.BetterThan(label="champion")),
    )
    client.train(request)
    assert service.bodies == [
        {
            "model": "m",
            "dataset": "d",
            "network": {"kind": "dnn", "hidden": [8]},
            "optimizer": {"kind": "adam"},
            "early_stopping": {"patience": 2},
            "require": {"better_than": {"label": "champion"}},
        }
    ]
    assert TrainingRequest.model_validate(service.bodies[0]) == request


def test_what_was_not_given_is_not_sent_and_null_is() -> None:
    request = TrainingRequest.model_validate(
        {"model": "m", "dataset": "d", "early_stopping": None, "network": {"kind": "dnn", "hidden": [8]}}
    )
    assert sent(request) == {
        "model": "m",
        "dataset": "d",
        "early_stopping": None,
        "network": {"kind": "dnn", "hidden": [8]},
    }
    assert TrainingRequest.model_validate(sent(request)) == request


def test_a_reply_of_a_newer_service_is_read() -> None:
    newer: Any = copy.deepcopy(PROPOSAL_EXAMPLE)
    newer["confidence"] = 0.5
    newer["flags"][0] |= {"kind": "of a newer service", "severity": 3}
    newer["evidence"]["features"]["month"] |= {"kind": "embedding", "entropy": 1.5}
    proposal = read(Proposal, newer)
    assert proposal.flags[0].kind == "of a newer service"
    assert proposal.evidence.features["month"].kind == "embedding"
    with pytest.raises(ValidationError, match="confidence\n  Extra inputs are not permitted"):
        Proposal.model_validate(newer)


def test_a_reply_in_another_form_is_named_with_its_field() -> None:
    with pytest.raises(tandem.UnexpectedReply, match=r"/flags/0/reason: is required"):
        read(Proposal, {**PROPOSAL_EXAMPLE, "flags": [{"column": None, "kind": "code", "evidence": {}}]})


def test_the_clients_job_is_the_services_and_who_runs_it() -> None:
    assert tandem.Job.model_fields.keys() == {*JobMessage.model_fields, "service"}
    assert tandem.Progress is ProgressMessage
    assert issubclass(tandem.Proposal, Proposal)
    assert tandem.Proposal.model_fields.keys() == Proposal.model_fields.keys()
