"""A call is defined once, as a generator of requests, and needs no connection to be looked at."""

from __future__ import annotations

import httpx
import pytest

from tandem import NotFound, Tandem
from tandem.job_methods import submission
from tandem.transport.service_call import ServiceCall, ServiceRequest, StreamedCall, resumed


def test_a_definition_is_a_generator_of_requests() -> None:
    steps = Tandem.set_label.steps(None, "m", "champion", 3)
    assert next(steps) == ServiceRequest("modeling", "GET", "/v1/models/m/labels")
    labels = httpx.Response(200, json={"labels": {"champion": 2}}, headers={"ETag": '"7"'})
    change = steps.send(labels)
    assert (change.method, change.json, change.headers) == ("PUT", {"version": 3}, {"If-Match": '"7"'})
    assert not change.repeatable
    with pytest.raises(StopIteration):
        steps.send(httpx.Response(200))


def test_a_method_has_the_definitions_name_text_and_parameters() -> None:
    assert isinstance(Tandem.models, ServiceCall)
    assert isinstance(Tandem.vocabulary, StreamedCall)
    with Tandem("http://a", "http://a") as tandem:
        assert tandem.models.__name__ == "models"
        assert tandem.models.__doc__ == Tandem.models.__doc__
        assert str(tandem.models.__doc__).startswith("List the models")


def test_an_error_reaches_the_definition() -> None:
    steps = Tandem.is_there.steps(None, "modeling")
    next(steps)
    with pytest.raises(StopIteration) as end:
        steps.throw(NotFound(404, "Not found", ""))
    assert end.value.value is True


def test_every_submission_has_a_key_of_its_own() -> None:
    keys = [dict(next(submission("modeling", "/v1/trainings", {}, key)).headers or {}) for key in (None, None, "mine")]
    assert len({key["Idempotency-Key"] for key in keys}) == 3
    assert keys[2] == {"Idempotency-Key": "mine"}


def test_results_come_between_requests() -> None:
    steps = Tandem.vocabulary.steps(None, "d", "a/b")
    first = next(steps)
    assert isinstance(first, ServiceRequest)
    assert first.path == "/v1/datasets/d/vocabularies/a%2Fb"
    assert resumed(steps, httpx.Response(200, json={"tokens": [1, 2], "size": 3})) == [1, 2]
    assert isinstance(next(steps), ServiceRequest)
    assert resumed(steps, httpx.Response(200, json={"tokens": [3], "size": 3})) == [3]
    assert next(steps, None) is None
