"""Check this service's surroundings: `python -m preprocessing.doctor`, or `tandem doctor` for both services."""

from __future__ import annotations

import os
import time
from importlib.metadata import version
from pathlib import Path

from chassis.doctor import Finding, common_checks, memory, print_findings
from chassis.read_settings import read_settings
from preprocessing.engine import SparkEngine
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.java import java_home


def java(settings: PreprocessingSettings) -> Finding:
    """Return which Java the engine takes."""
    home = java_home(Path(settings.state)) or os.environ.get("JAVA_HOME") or "that of PATH"
    return Finding("java", "ok", str(home))


def spark(settings: PreprocessingSettings) -> Finding:
    """Start the engine as the service does, run a task, and stop it."""
    began = time.monotonic()
    engine = SparkEngine(settings)
    engine.warm()
    try:
        session = engine.session
        assert session is not None
        total = session.range(4).agg({"id": "sum"}).first()
        release = session.version
    finally:
        engine.close()
    if total is None or total[0] != 6:
        return Finding(
            "spark", "failed", f"a task of 0 + 1 + 2 + 3 answered {total}", "look at what Spark printed above"
        )
    return Finding("spark", "ok", f"Spark {release} started and ran a task in {time.monotonic() - began:.0f} s")


def main() -> None:
    """Print each finding as a line of JSON."""
    settings = read_settings(PreprocessingSettings)
    print_findings(
        [
            *common_checks("preprocessing", settings, version("tandem-preprocessing")),
            ("memory", lambda: memory(3, "Spark")),
            ("java", lambda: java(settings)),
            ("spark", lambda: spark(settings)),
        ]
    )


if __name__ == "__main__":
    main()
