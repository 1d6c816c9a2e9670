"""Archives of our packages hold what tasks import, and the kernels that are compiled here."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from zipfile import ZipFile

import numpy as np
import pytest

import contracts
import preprocessing
import sources
from preprocessing.kernels.hyperloglog import fill_registers
from preprocessing.spark.packages import PACKAGES, pack


@pytest.fixture(scope="module")
def archives(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    fill_registers(np.zeros(1, np.uint64), np.zeros(2, np.uint8))  # now numba keeps it, if it did not before
    packed = [archive.split("#") for archive in pack(tmp_path_factory.mktemp("packed"))]
    return {package: Path(path) for path, package in packed}


def test_each_package_is_an_archive_of_its_sources(archives: dict[str, Path]) -> None:
    assert list(archives) == list(PACKAGES)
    for module in (contracts, sources, preprocessing):
        root = Path(str(module.__file__)).parent
        with ZipFile(archives[module.__name__]) as archive:
            names = [name for name in archive.namelist() if name.endswith(".py")]
            assert sorted(names) == sorted(str(path.relative_to(root)) for path in root.rglob("*.py"))
            assert archive.read("__init__.py") == (root / "__init__.py").read_bytes()


def test_compiled_kernels_lie_where_numba_looks_for_them(archives: dict[str, Path]) -> None:
    with ZipFile(archives["preprocessing"]) as archive:
        compiled = [name for name in archive.namelist() if not name.endswith(".py")]
    assert {str(Path(name).parent) for name in compiled} == {"kernels/__pycache__"}
    assert {Path(name).suffix for name in compiled} == {".nbi", ".nbc"}
    assert any("hyperloglog.fill_registers" in name for name in compiled)


def test_equal_contents_have_equal_names(archives: dict[str, Path], tmp_path: Path) -> None:
    again = [Path(archive.split("#")[0]) for archive in pack(tmp_path)]
    assert [path.name for path in again][:2] == [archives[name].name for name in PACKAGES][:2]
    assert [path.read_bytes() for path in again][:2] == [archives[name].read_bytes() for name in PACKAGES][:2]


def test_unpacked_packages_are_those_that_are_imported(archives: dict[str, Path], tmp_path: Path) -> None:
    for package, path in archives.items():
        with ZipFile(path) as archive:
            archive.extractall(tmp_path / package)
    look = "import contracts, sources.arrays, preprocessing.kernels as k; print(contracts.__file__, k.__file__)"
    environment = {"PYTHONPATH": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"}
    run = subprocess.run([sys.executable, "-c", look], env=environment, capture_output=True, text=True, check=True)
    assert run.stdout.split() == [
        str(tmp_path / name / "__init__.py") for name in ("contracts", "preprocessing/kernels")
    ]
