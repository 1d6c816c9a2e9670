"""What the README and the documentation say of settings and tasks is so."""

from __future__ import annotations

import re

from tests.docs.pages import sources
from tests.repository.test_tracked_files import ROOT
from tools.configuration import PAGE, with_entries


def test_the_reference_of_settings_is_what_the_services_read() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert with_entries(text) == text, "run .venv/bin/python tools/configuration.py"


def test_every_make_task_that_is_named_is_there() -> None:
    tasks = set(re.findall(r"^([a-z-]+):.*## ", (ROOT / "Makefile").read_text(), re.MULTILINE))
    texts = "\n".join(page.read_text(encoding="utf-8") for page in sources())
    named = set(re.findall(r"(?:^|`)make ([a-z-]+)", texts, re.MULTILINE))
    assert named <= tasks
