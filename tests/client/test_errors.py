"""Error replies become exceptions by status."""

from __future__ import annotations

import pytest
from tests.client.scripted import Script, a_request

from tandem import (
    Conflict,
    NotFound,
    Rejected,
    Tandem,
)
from tandem.errors import ServiceFault, problem_of


@pytest.mark.parametrize(
    ("status", "detail", "remedy"),
    [
        (404, "there is no model named 'flihgts'", "tandem models"),
        (404, "model 'flights' has no label 'champion'", "tandem models MODEL"),
        (404, "there is no dataset named 'f'", "tandem dataset list"),
        (409, "there is a dataset named 'f' already", "tandem dataset delete NAME"),
        (404, "source 'a.csv': there is no file that could be read", "tandem upload FILE"),
    ],
)
def test_a_problem_names_the_command_that_helps(status: int, detail: str, remedy: str) -> None:
    problem = problem_of({"status": status, "title": "T", "detail": detail}, status)
    assert problem.lines[0] == f"T: {detail}"
    assert problem.lines[-1].endswith(remedy)


def test_a_refusal_carries_title_detail_and_pointers(client: Tandem) -> None:
    with pytest.raises(Rejected) as caught:
        client.create_dataset({"name": "x"})
    assert caught.value.lines == ["Invalid request: label is missing", "  /label: is required"]


def test_statuses_have_types(client: Tandem, service: Script) -> None:
    service.taken = {"flights"}
    with pytest.raises(Conflict, match="Name taken"):
        client.create_dataset(a_request())
    with pytest.raises(NotFound):
        client.job("modeling", "nowhere")


def test_predicts_error_is_understood(client: Tandem) -> None:
    with pytest.raises(NotFound, match="there is no model named 'cats'"):
        client.predict("cats", [{}])


@pytest.mark.parametrize("body", [None, [], "<html>bad gateway", {"status": "x", "title": []}, {"error": {"a": 1}}])
def test_a_reply_in_no_known_form_is_still_a_problem_of_its_status(body: object) -> None:
    problem = problem_of(body, 502)
    assert isinstance(problem, ServiceFault)
    assert (problem.status, problem.title) == (502, "Bad Gateway")


def test_a_parameter_is_named_as_well_as_a_field() -> None:
    errors = [{"parameter": "pageSize", "in": "query", "detail": "must be at least 1"}]
    body = {"type": "t", "title": "Invalid request", "status": 422, "detail": "d", "errors": errors, "newer": 1}
    assert problem_of(body, 422).lines == ["Invalid request: d", "  pageSize: must be at least 1"]


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({"type": None}, ["Invalid request: d", "  /a: x"]),
        ({"errors": [{"pointer": 1}]}, ["Invalid request: d"]),
        ({"errors": "x", "detail": 3}, ["Invalid request: 3"]),
        ({"title": 1}, ["Conflict: d", "  /a: x"]),
    ],
)
def test_a_member_of_another_type_is_ignored(changed: dict[str, object], lines: list[str]) -> None:
    errors = [{"pointer": "/a", "detail": "x"}]
    body = {"type": "t", "title": "Invalid request", "status": 422, "detail": "d", "errors": errors, **changed}
    problem = problem_of(body, 409)
    assert isinstance(problem, Rejected)
    assert problem.lines == lines


def test_every_member_may_be_absent() -> None:
    problem = problem_of({"title": "Out of credit", "detail": "d"}, 409)
    assert isinstance(problem, Conflict)
    assert problem.lines == ["Out of credit: d"]
