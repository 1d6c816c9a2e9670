"""The benchmarks that wrap functions of the services still find them."""

from __future__ import annotations

import pytest
from tests.benchmarks.phases import PARTS


@pytest.mark.parametrize(("phase", "owner", "function"), PARTS)
def test_the_phases_of_a_job_are_functions_that_exist(phase: str, owner: object, function: str) -> None:
    assert callable(getattr(owner, function, None)), f"{phase}: {owner} has no {function}"
