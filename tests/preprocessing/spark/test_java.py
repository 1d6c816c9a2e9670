"""The Java for Spark: an installed one where it is new enough, else that of the wheel."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from preprocessing.spark.java import java_home


def installed(folder: Path, version: str, *, status: int = 0) -> Path:
    """A Java that can only tell its version, as OpenJDK prints it."""
    java = folder / "bin" / "java"
    java.parent.mkdir(parents=True)
    java.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2024-01-16' >&2\nexit {status}\n")
    java.chmod(0o755)
    return java


@pytest.mark.parametrize("version", ["17", "17.0.9", "21.0.1"])
@pytest.mark.parametrize("by", ["JAVA_HOME", "PATH"])
def test_a_java_that_is_new_enough_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str, by: str
) -> None:
    java = installed(tmp_path / "jdk", version)
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv(by, str(java.parent.parent) if by == "JAVA_HOME" else str(java.parent))
    if by == "JAVA_HOME":
        monkeypatch.setenv("PATH", os.defpath)
    assert java_home(tmp_path / "state") is None
    assert not (tmp_path / "state").exists()


@pytest.mark.parametrize("kind", ["old", "broken", "silent", "absent"])
def test_without_one_the_wheels_runtime_is_used(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str) -> None:
    home = tmp_path / "jdk"
    if kind != "absent":
        installed(home, {"old": "1.8.0_392", "broken": "21", "silent": "no number"}[kind], status=kind == "broken")
    monkeypatch.setenv("JAVA_HOME", str(home))
    assert java_home(tmp_path / "state") == str(tmp_path / "state" / "java-home")


def test_the_runtime_starts_also_with_the_flag_of_sparks_launcher(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAVA_HOME", str(tmp_path / "nothing"))
    homes = {java_home(tmp_path / "state with a space") for _ in range(2)}  # a second engine writes the script again
    home = homes.pop()
    assert home is not None
    assert not homes
    assert [path.name for path in Path(home, "bin").iterdir()] == ["java"]
    java = str(Path(home, "bin", "java"))
    flags = ["--add-modules=jdk.incubator.vector", "-Da=two words", "-XshowSettings:properties", "-version"]
    printed = subprocess.run([java, *flags], capture_output=True, text=True, check=True, timeout=30).stderr
    assert "a = two words" in printed
