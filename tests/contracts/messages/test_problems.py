"""A problem goes over HTTP with the members that it has, and no others."""

from __future__ import annotations

import json

from contracts.messages.problems import FieldError, ProblemMessage


def test_absent_members_are_left_out() -> None:
    problem = ProblemMessage.of_status(404, "no such thing")
    assert problem.to_json() == {
        "type": "about:blank",
        "title": "Not Found",
        "status": 404,
        "detail": "no such thing",
    }
    errors = (
        FieldError(pointer="/a", detail="x"),
        FieldError.model_validate({"parameter": "b", "in": "query", "detail": "y"}),
    )
    shown = problem.model_copy(update={"errors": errors}).at("/v1/jobs/1").to_json()
    assert shown["errors"] == [{"pointer": "/a", "detail": "x"}, {"parameter": "b", "in": "query", "detail": "y"}]
    assert shown["instance"] == "/v1/jobs/1"
    assert ProblemMessage.model_validate(shown).to_json() == shown


def test_a_field_is_found_by_its_pointer_or_its_parameter() -> None:
    assert FieldError(pointer="/a", detail="x").where == "/a"
    assert FieldError(parameter="b", place="query", detail="x").where == "b"
    assert FieldError(pointer="", detail="x").where == ""


def test_another_status_changes_nothing_else() -> None:
    problem = ProblemMessage(type="t", title="Invalid request", status=422, detail="d")
    assert problem.with_status(400) == ProblemMessage(type="t", title="Invalid request", status=400, detail="d")


def test_a_status_that_no_standard_names_has_a_title() -> None:
    assert ProblemMessage.of_status(599, "").title == "HTTP 599"


def test_half_a_surrogate_pair_goes_out_as_utf8() -> None:
    problem = ProblemMessage(
        type="t", title="\ud800", status=422, detail="a\udfff", errors=(FieldError(detail="\ud800"),)
    )
    json.dumps(problem.to_json(), ensure_ascii=False).encode()
    assert problem.detail == "a?"


def test_the_schema_requires_what_is_always_there_and_allows_no_null() -> None:
    schema = ProblemMessage.model_json_schema()
    assert schema["required"] == ["type", "title", "status", "detail"]
    assert "null" not in json.dumps(schema)
