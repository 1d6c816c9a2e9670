"""What the service's process imports, and when."""

from __future__ import annotations

import subprocess
import sys

CHECK = """
import sys
import modeling.main, modeling.engine
assert not {"tensorflow", "keras", "sklearn"} & sys.modules.keys(), "the API waits for TensorFlow"
import modeling.training, modeling.export.saved_model
assert not {"pyspark", "numba", "preprocessing"} & sys.modules.keys(), "modeling does without Spark's side"
"""


def test_tensorflow_comes_late_and_spark_never() -> None:
    done = subprocess.run([sys.executable, "-c", CHECK], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
