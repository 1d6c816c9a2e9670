from __future__ import annotations

import pytest

from chassis.http.preconditions import _of_request
from chassis.problems import problem_of
from contracts.errors import TandemError

TAG = '"1-a"'


def answer(path: str, headers: dict[str, str]) -> int:
    """The status of a request with these headers that changes what is there, or makes what is not."""
    try:
        precondition = _of_request(headers.get("If-Match"), headers.get("If-None-Match"))
        precondition.check_change(TAG if path == "/there" else None)
    except TandemError as error:
        return problem_of(error).status
    return 200


@pytest.mark.parametrize(
    ("path", "headers", "status"),
    [
        ("/there", {}, 428),
        ("/there", {"If-Match": TAG}, 200),
        ("/there", {"If-Match": '"0-b", "1-a"'}, 200),
        ("/there", {"If-Match": "*"}, 200),
        ("/there", {"If-Match": '"0-b"'}, 412),
        ("/there", {"If-Match": f"W/{TAG}"}, 412),
        ("/there", {"If-None-Match": "*"}, 412),
        ("/there", {"If-None-Match": f"W/{TAG}"}, 412),
        ("/there", {"If-Match": TAG, "If-None-Match": "*"}, 412),
        ("/there", {"If-Match": "1-a"}, 422),
        ("/there", {"If-Match": ""}, 422),
        ("/not-there", {}, 200),
        ("/not-there", {"If-None-Match": "*"}, 200),
        ("/not-there", {"If-Match": TAG}, 412),
        ("/not-there", {"If-Match": "*"}, 412),
    ],
)
def test_conditions(path: str, headers: dict[str, str], status: int) -> None:
    assert answer(path, headers) == status
