"""Names of variables: those that something reads, those of others, and slips."""

from __future__ import annotations

import pytest
from tools.configuration import NAMES, with_names

from contracts.validation.environment import VARIABLES, unknown_variables


def test_the_names_are_those_of_the_settings() -> None:
    text = NAMES.read_text(encoding="utf-8")
    assert with_names(text) == text, "run .venv/bin/python tools/configuration.py"
    assert {"TANDEM_STORAGE", "TANDEM_SPARK_MASTER", "TANDEM_POLL_SECONDS", "TANDEM_MODELING_URL"} <= VARIABLES


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("TANDEM_SOURCE_ROOT", "TANDEM_SOURCE_ROOTS"),
        ("TANDEM_JOB_AT_ONCE", "TANDEM_JOBS_AT_ONCE"),
        ("tandem_prot", "TANDEM_PORT"),
        ("TANDEM_PREPROCESING_URL", "TANDEM_PREPROCESSING_URL"),
    ],
)
def test_a_slip_is_told_with_the_nearest_name(name: str, nearest: str) -> None:
    (line,) = unknown_variables({name: "1"})
    assert line == f"{name} is not a setting of Tandem and has no effect; did you mean {nearest}?"


def test_a_name_without_a_neighbour_is_told_too() -> None:
    assert unknown_variables({"TANDEM_QQQQ": ""}) == ["TANDEM_QQQQ is not a setting of Tandem and has no effect"]


def test_what_is_read_and_what_kubernetes_sets_is_no_slip() -> None:
    of_kubernetes = {
        "TANDEM_MODELING_SERVICE_HOST": "10.0.0.1",
        "TANDEM_MODELING_SERVICE_PORT_HTTP": "8002",
        "TANDEM_MODELING_PORT": "tcp://10.0.0.1:8002",
        "TANDEM_MODELING_PORT_8002_TCP_ADDR": "10.0.0.1",
        "TANDEM_SERVICE_PORT": "1",
    }
    assert unknown_variables(dict.fromkeys(VARIABLES, "") | of_kubernetes | {"PATH": "/bin", "tandem_port": "1"}) == []
    assert len(unknown_variables({"TANDEM_MODELING_PORT": "8002"})) == 1
