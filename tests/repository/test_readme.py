"""What the README says of settings, tasks and places is so."""

from __future__ import annotations

import re

from tests.repository.test_tracked_files import ROOT
from tools.configuration import README, with_table


def test_the_table_of_settings_is_what_the_services_read() -> None:
    text = README.read_text(encoding="utf-8")
    assert with_table(text) == text, "run .venv/bin/python tools/configuration.py"


def test_every_make_task_it_names_is_there() -> None:
    tasks = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", README.read_text(encoding="utf-8"), re.MULTILINE))
    assert named <= tasks
