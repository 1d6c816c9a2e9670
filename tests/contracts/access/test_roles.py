from __future__ import annotations

import pytest

from contracts.access.roles import Grant, Grants, Role
from contracts.errors import InvalidRequest


def grants(*texts: str) -> Grants:
    return Grants(map(Grant.parse, texts))


@pytest.mark.parametrize(
    ("role", "included"),
    [
        (Role.READ, {Role.READ}),
        (Role.PREDICT, {Role.PREDICT}),
        (Role.TRAIN, {Role.READ, Role.PREDICT, Role.TRAIN}),
        (Role.ADMIN, set(Role)),
    ],
)
def test_a_role_includes_those_that_its_holders_need(role: Role, included: set[Role]) -> None:
    of_role = grants(f"{role}:team-a-*")
    assert {other for other in Role if of_role.allow(other, "team-a-x")} == included
    assert {other for other in Role if of_role.has(other)} == included
    assert not any(of_role.allow(other, "team-b-x") for other in Role)


@pytest.mark.parametrize(
    ("pattern", "name", "matches"),
    [
        ("*", "", True),
        ("team-a-*", "team-a-", True),
        ("team-a-*", "Team-a-x", False),
        ("team-a-*", "x-team-a-y", False),
        ("team-a-*", "team-a-x\nteam", True),
        ("a.b", "aXb", False),
        ("a*b*c", "a1b2c", True),
        ("a*b*c", "a1b2", False),
        ("a", "", False),
    ],
)
def test_a_pattern_matches_whole_names(pattern: str, name: str, matches: bool) -> None:
    assert grants(f"read:{pattern}").allow(Role.READ, name) is matches


def test_each_role_has_its_own_names() -> None:
    both = grants("read:team-b-*", "train:team-a-*")
    assert both.allow(Role.READ, "team-b-x")
    assert both.allow(Role.READ, "team-a-x")
    assert not both.allow(Role.TRAIN, "team-b-x")


def test_many_names_are_still_told_apart() -> None:
    some = grants("read:a-*")
    assert all(
        some.allow(Role.READ, f"{letter}-{number}") == (letter == "a") for letter in "ab" for number in range(3000)
    )


@pytest.mark.parametrize(
    "text", ["", "owner", "read:", "read:a b", "READ", "read:[ab]", "read:*:x", "train:" + "a" * 200]
)
def test_what_is_no_grant_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="a grant is a role"):
        Grant.parse(text)
