from __future__ import annotations

import pytest

from chassis.access.caller import ALL_NAMES, ANONYMOUS, Caller, caller, may, require
from contracts.access.roles import Grant, Grants, Role
from contracts.errors import NotAllowed


def test_the_present_caller_is_asked() -> None:
    assert may(Role.ADMIN, "any")  # authentication is off
    token = caller.set(Caller("ada", Grants([Grant(Role.TRAIN, "a-*")])))
    try:
        require(Role.READ, "a-1")
        assert not may(Role.READ, ALL_NAMES)
        with pytest.raises(NotAllowed, match="role train for 'b-1'") as refused:
            require(Role.TRAIN, "b-1", pointer="/model")
        assert refused.value.pointer == "/model"
        caller.set(ANONYMOUS)
        assert not may(Role.READ, "a-1")
    finally:
        caller.reset(token)
