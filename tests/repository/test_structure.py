"""Rooms stay small, and a module's tests are in the file of its name."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.repository.test_tracked_files import ROOT

MEMBERS = {
    "contracts": "shared/contracts",
    "sources": "shared/sources",
    "chassis": "shared/chassis",
    "tandem": "shared/client",
    "preprocessing": "services/preprocessing",
    "modeling": "services/modeling",
}
PACKAGES = [ROOT / member / name for name, member in MEMBERS.items()]
TESTS = {"tandem": "client"}
LARGEST_ROOM = 16
TESTED_BY_NAME = 0.9  # the rest are declarations and wiring, tested through the modules that use them


def modules_of(package: Path) -> list[Path]:
    return [path for path in sorted(package.rglob("*.py")) if path.name != "__init__.py"]


def file_that_tests(module: Path, package: Path) -> Path:
    room = module.relative_to(package).parent
    return ROOT / "tests" / TESTS.get(package.name, package.name) / room / f"test_{module.stem}.py"


def folders_of(package: Path) -> list[Path]:
    return [package, *(path for path in sorted(package.rglob("*")) if path.is_dir() and path.name != "__pycache__")]


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_room_holds_more_than_sixteen_modules(package: Path) -> None:
    sizes = {str(folder.relative_to(package.parent)): len(list(folder.glob("*.py"))) for folder in folders_of(package)}
    assert {room: size - 1 for room, size in sizes.items() if size - 1 > LARGEST_ROOM} == {}


def test_most_modules_have_a_test_file_of_their_name() -> None:
    untested = {
        str(module.relative_to(ROOT)): module
        for package in PACKAGES
        for module in modules_of(package)
        if not file_that_tests(module, package).exists()
    }
    everything = sum(len(modules_of(package)) for package in PACKAGES)
    share = 1 - len(untested) / everything
    assert share >= TESTED_BY_NAME, f"{share:.3f} of {everything}; without one:\n" + "\n".join(untested)
