"""tools/environment.py leaves nothing for a service's start to compile."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path

import pytest
from tools.environment import compile_modules


def test_what_is_installed_is_compiled_even_where_imports_write_no_byte_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    environment, member = tmp_path / "venv", tmp_path / "member"
    installed = environment / "lib" / "python3" / "site-packages" / "installed.py"
    own = member / "package" / "own.py"
    for path, text in ((installed, "x = 1\n"), (installed.with_name("template.py"), "{{ x }} =\n"), (own, "x = 2\n")):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (environment / "bin").mkdir()
    (environment / "bin" / "python").symlink_to(sys.executable)

    compile_modules(environment, [member])

    assert all(Path(importlib.util.cache_from_source(str(path))).is_file() for path in (installed, own))
