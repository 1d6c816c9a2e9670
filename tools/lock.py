"""Resolve the dependencies into requirements/*.txt: hashed, without addresses, and without the resolver's own lock.

    .venv/bin/python tools/lock.py              keeps every pinned version and adds what is new in a pyproject.toml
    .venv/bin/python tools/lock.py --upgrade    takes the newest versions that fit

The resolver's own lock names the registry that answered, so it is never kept. The pins in requirements/ take its place:
they enter the resolution as constraints, in a copy of the workspace's pyproject files. Standard library only.
"""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
REQUIREMENTS = ROOT / "requirements"
UV = Path(sys.executable).parent / "uv"
INTERPRETER = re.compile(r"(?:platform_python_implementation|implementation_name) [!=]= '\w+'")
EXPORT = ["export", "--quiet", "--frozen", "--no-emit-workspace", "--no-header", "--no-annotate"]
EXPORTED = {
    "setup.txt": ["--only-group", "setup"],
    "dev.txt": [],
    "tables.txt": ["--only-group", "tables", "--prune", "pandas"],
    "preprocessing.txt": ["--no-dev", "--package", "tandem-preprocessing"],
    "modeling.txt": ["--no-dev", "--package", "tandem-modeling"],
}


def lock(*, upgrade: bool) -> None:
    """Write requirements/*.txt. Raises `SystemExit` if the dependencies cannot be resolved."""
    constraints = [] if upgrade else pins()
    with tempfile.TemporaryDirectory() as copy:
        workspace = Path(copy)
        _copy_projects(workspace, constraints)
        _uv(workspace, "lock")
        for name, selection in EXPORTED.items():
            _uv(workspace, *EXPORT, "--output-file", str(REQUIREMENTS / name), *selection)
            lines = (REQUIREMENTS / name).read_text().splitlines()
            (REQUIREMENTS / name).write_text("".join(f"{_without_interpreter(line)}\n" for line in lines))


def _without_interpreter(line: str) -> str:
    """Return a requirement without its markers of the interpreter, which is CPython everywhere."""
    name, mark, rest = line.partition(" ; ")
    marker, slash, _ = rest.partition(" \\")
    others = " and ".join(part for part in marker.split(" and ") if not INTERPRETER.fullmatch(part))
    return f"{name}{mark if others else ''}{others}{slash}"


def pins() -> list[str]:
    """Return the pinned versions of requirements/*.txt with their markers, each once, as constraints."""
    joined = [(REQUIREMENTS / name).read_text().replace("\\\n", "") for name in EXPORTED]
    lines = {line.split("--hash")[0].strip() for text in joined for line in text.splitlines()}
    return sorted(map(_without_interpreter, lines))


def _copy_projects(workspace: Path, constraints: list[str]) -> None:
    text = (ROOT / "pyproject.toml").read_text()
    members = tomllib.loads(text)["tool"]["uv"]["workspace"]["members"]
    section = "[tool.uv]\n"
    constrained = text.replace(section, f"{section}constraint-dependencies = {json.dumps(constraints)}\n", 1)
    (workspace / "pyproject.toml").write_text(constrained)
    for member in members:
        (workspace / member).mkdir(parents=True)
        (workspace / member / "pyproject.toml").write_text((ROOT / member / "pyproject.toml").read_text())


def _uv(workspace: Path, *words: str) -> None:
    if subprocess.run([UV, *words], cwd=workspace, check=False).returncode != 0:
        sys.exit(f"uv {words[0]} failed")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Resolve the dependencies into requirements/*.txt.")
    parser.add_argument("--upgrade", action="store_true", help="take the newest versions that fit")
    lock(upgrade=parser.parse_args().upgrade)
