"""What importing the application loads; the application itself runs in every test that takes the fixture `service`."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path


def test_chassis_imports_neither_spark_nor_tensorflow():
    code = "import sys, chassis.app; print(sorted({'pyspark', 'tensorflow', 'pyarrow'} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True, cwd=Path(os.sep)).strip() == "[]"
