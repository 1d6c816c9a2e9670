from __future__ import annotations

import contracts.errors
from chassis.problems import headers_of, problem_of
from contracts.errors import (
    CorruptData,
    NameTaken,
    Overloaded,
    PredictionMismatch,
    TandemError,
    UnparsableValue,
)
from contracts.messages.problems import FieldError


def test_every_error_type_has_a_status():
    kinds = [
        kind for kind in vars(contracts.errors).values() if isinstance(kind, type) and issubclass(kind, TandemError)
    ]
    assert len(kinds) > 10
    for kind in kinds:
        assert 400 <= problem_of(kind()).status < 600
    assert problem_of(NameTaken("x")).status == 409
    assert problem_of(CorruptData()).type == "urn:problem-type:tandem:damaged", "the type that clients know"
    assert problem_of(PredictionMismatch()).type == "urn:problem-type:tandem:skewed"
    assert problem_of(UnparsableValue("x", pointer="/a")).errors == (FieldError(pointer="/a", detail="x"),)


def test_only_where_trying_again_helps_a_header_says_when():
    assert headers_of(problem_of(Overloaded())) == {"Retry-After": "5"}
    assert headers_of(problem_of(NameTaken())) == {}
