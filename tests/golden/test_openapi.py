"""The OpenAPI documents as they were last reviewed. After a wanted change: make golden, then read the difference."""

from __future__ import annotations

import json
import os
from importlib.metadata import version
from pathlib import Path

import pytest
from tests.real_apps import app_of

HERE = Path(__file__).parent


@pytest.mark.parametrize("service", ["preprocessing", "modeling"])
def test_the_document_is_the_reviewed_one(service: str, tmp_path: Path) -> None:
    document = app_of(service, tmp_path).openapi()
    document["info"]["version"] = "any"  # a release changes no route
    written = json.dumps(document, indent=1, sort_keys=True) + "\n"
    golden = HERE / f"{service}.openapi.json"
    if os.environ.get("TANDEM_WRITE_GOLDEN"):
        golden.write_text(written)
    assert written == golden.read_text()


@pytest.mark.parametrize("service", ["preprocessing", "modeling"])
def test_the_document_names_the_installed_version(service: str, tmp_path: Path) -> None:
    assert app_of(service, tmp_path).openapi()["info"]["version"] == version(f"tandem-{service}")
