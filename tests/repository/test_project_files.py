"""The members, and the files that a project has for its contributors, agree."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from tests.repository.test_tracked_files import ROOT


def load(folder: str) -> dict[str, Any]:
    return tomllib.loads((ROOT / folder / "pyproject.toml").read_text(encoding="utf-8"))


FOLDERS = [".", *load(".")["tool"]["uv"]["workspace"]["members"]]
PACKAGES = load(".")["tool"]["importlinter"]["root_packages"]


@pytest.mark.parametrize("folder", FOLDERS)
def test_a_project_has_the_license_and_the_newest_version_of_the_changelog(folder: str) -> None:
    project = load(folder)["project"]
    versions = re.findall(
        r"^## \[(\d+\.\d+\.\d+)\] - \d{4}-\d{2}-\d{2}$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )
    assert project["version"] == versions[0]
    assert project["license"] == "Apache-2.0"
    assert project["license-files"] == ["LICENSE"]
    assert (ROOT / folder / "LICENSE").read_bytes() == (ROOT / "LICENSE").read_bytes()


def test_contributing_names_every_room() -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    named = {name for name in re.findall(r"^\| `([a-z_/]+)` \|", text, re.MULTILINE) if name.count("/") == 1}
    members = [ROOT / folder for folder in FOLDERS if folder != "."]
    rooms = {
        f"{package.name}/{room.parent.name}"
        for member in members
        for package in member.iterdir()
        if package.name in PACKAGES
        for room in package.glob("*/__init__.py")
    }
    assert named == rooms


def test_hooks_run_the_commands_of_make_check() -> None:
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    config = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    for command in ("ruff format", "ruff check", "lint-imports"):
        assert f"$(BIN)/{command}" in makefile
        assert f"entry: .venv/bin/{command}" in config


@pytest.mark.parametrize("name", ["README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"])
def test_links_between_files_lead_somewhere(name: str) -> None:
    links = re.findall(r"\]\(([^)#]+)\)", (ROOT / name).read_text(encoding="utf-8"))
    assert [link for link in links if "://" not in link and not (ROOT / link).exists()] == []
