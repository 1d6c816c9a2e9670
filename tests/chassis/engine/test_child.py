from __future__ import annotations

import json
import os
import subprocess
import sys


def test_the_child_loads_no_web_framework_and_no_database():
    heavy = {"fastapi", "starlette", "sqlalchemy", "pydantic"}
    code = f"import sys, chassis.engine.child; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.check_output([sys.executable, "-c", code], text=True).strip() == "[]"


def test_a_child_that_cannot_read_its_commands_ends():
    """Else it would hear no cancel and no verdict any more, and its job would hang for ever."""
    read, commands = os.pipe()
    replies, write = os.pipe()
    program = [sys.executable, "-m", "chassis.engine.child", str(read), str(write), "0"]
    child = subprocess.Popen(program, pass_fds=(read, write), start_new_session=True, stderr=subprocess.DEVNULL)
    os.close(read)
    os.close(write)
    os.write(commands, b"no JSON\n")
    with os.fdopen(replies, "rb") as lines:
        assert json.loads(lines.read()) == {"say": "exit", "status": 1}
    os.close(commands)
    child.wait(30)
