from __future__ import annotations

import pytest

from chassis.http.content_negotiation import preferred
from contracts.errors import NotAcceptable

OFFERED = ["application/json", "application/x-protobuf"]


@pytest.mark.parametrize(
    ("accept", "chosen"),
    [
        (None, 0),
        ("", 0),
        ("*/*", 0),
        ("application/*", 0),
        ("Application/X-Protobuf", 1),
        ("application/json;q=0.2, application/x-protobuf;q=0.3", 1),
        ("application/json;q=0, */*", 1),
        ("*/*;q=1, application/json;q=0.5", 1),
        ("text/html, application/xhtml+xml, */*;q=0.8", 0),
        ("nonsense, application/json; q=x, application/x-protobuf; charset=utf-8", 1),
    ],
)
def test_what_the_client_likes_best_is_chosen(accept: str | None, chosen: int) -> None:
    assert preferred(accept, OFFERED) == OFFERED[chosen]


@pytest.mark.parametrize("accept", ["text/html", "application/json;q=0", "*/*;q=0", "nonsense"])
def test_what_there_is_not_is_refused_with_what_there_is(accept: str) -> None:
    with pytest.raises(NotAcceptable, match="application/json, application/x-protobuf"):
        preferred(accept, OFFERED)
