from __future__ import annotations

import subprocess
import sys


def test_the_child_loads_no_web_framework_and_no_database():
    heavy = {"fastapi", "starlette", "sqlalchemy", "pydantic"}
    code = f"import sys, chassis.engine.child; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"
