"""What the service's process imports, and which routes it has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings

CHECK = """
import sys
import preprocessing.main
assert not {"pyspark", "numba", "tensorflow", "modeling", "datasketches"} & sys.modules.keys(), "the API waits for Spark"
"""


def test_the_process_of_the_api_loads_neither_spark_nor_kernels() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_making_the_application_starts_nothing(tmp_path: Path) -> None:
    app = make_app(PreprocessingSettings(storage=str(tmp_path / "storage"), state=str(tmp_path / "state")))
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []
    paths = {"/v1/datasets", "/v1/schemas:infer", "/v1/datasets/{name}/statistics", "/v1/jobs/{job_id}:cancel"}
    assert paths <= app.openapi()["paths"].keys()
    assert app.version
