"""Make or refresh a virtual environment from a hashed lock file, with nothing but Python: no uv, no compiler, no ensurepip.

    python3 tools/environment.py FOLDER LOCK MEMBER...

pip installs requirements/setup.txt, and with it uv, which installs the rest several times as fast; where uv cannot (pip
may know of a mirror that uv does not), pip does that too. Members are installed editable, without asking for dependencies:
those are in the lock. All of it is then compiled to byte code, which uv leaves to the first import: where
PYTHONDONTWRITEBYTECODE is set, as in many containers and CI systems, every process would compile TensorFlow for itself.
Standard library only, and nothing newer than Python 3.11.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
SETUP = ROOT / "requirements" / "setup.txt"
OLDEST, NEWEST = (3, 11), (3, 13)


def make(folder: Path, lock: Path, members: list[Path]) -> None:
    """Bring `folder` to what `lock` says, with the members editable in it. Raises `SystemExit` that says what is missing."""
    if not _usable(folder):
        _create(folder)
    pip = _pip(folder) or sys.exit(_no_pip())
    _run([*pip, "install", "--quiet", "--require-hashes", "-r", str(SETUP)])
    _install(folder, pip, ["--require-hashes", "-r", str(lock)])
    editable = [word for member in members for word in ("-e", str(member))]
    _install(folder, pip, ["--no-deps", "--no-build-isolation", *editable])
    compile_modules(folder, members)


def _install(folder: Path, pip: list[str], what: list[str]) -> None:
    uv = [str(folder / "bin" / "uv"), "pip", "install", "--python", str(folder / "bin" / "python"), "--quiet"]
    if subprocess.run([*uv, *what], check=False).returncode != 0:
        print("uv could not install that; trying with pip", file=sys.stderr)
        _run([*pip, "install", "--quiet", *what])


def compile_modules(folder: Path, members: list[Path]) -> None:
    """Compile every installed module and the members' own; what is up to date stays, what is not valid Python is skipped."""
    places = [*folder.glob("lib/python*/site-packages"), *members]
    command = [str(folder / "bin" / "python"), "-m", "compileall", "-qq", "-j", "0", *map(str, places)]
    subprocess.run(command, check=False)


def _usable(folder: Path) -> bool:
    """Whether there is an environment whose Python this project supports."""
    python = folder / "bin" / "python"
    program = f"import sys; sys.exit(not {OLDEST} <= sys.version_info[:2] <= {NEWEST})"
    return python.exists() and subprocess.run([python, "-c", program], check=False).returncode == 0


def _create(folder: Path) -> None:
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"making {folder} with Python {version}", file=sys.stderr)
    if not _imports("ensurepip") and not _imports("pip"):
        _get_ensurepip()
    # Debian ships the venv module without ensurepip; then pip is borrowed from outside the environment, see `_pip`.
    without_pip = [] if _imports("ensurepip") else ["--without-pip"]
    _run([sys.executable, "-m", "venv", "--clear", *without_pip, str(folder)])


def _pip(folder: Path) -> list[str] | None:
    """How to call pip for the environment: its own, or else that of the Python which runs this."""
    own = [str(folder / "bin" / "python"), "-m", "pip"]
    borrowed = [sys.executable, "-m", "pip", "--python", str(folder / "bin" / "python")]
    for pip in (own, borrowed):
        if subprocess.run([*pip, "--version"], check=False, capture_output=True).returncode == 0:
            return pip
    return None


def _imports(module: str) -> bool:
    program = f"import {module}" + ("; import ensurepip; ensurepip.version()" if module == "ensurepip" else "")
    return subprocess.run([sys.executable, "-c", program], check=False, capture_output=True).returncode == 0


def _package() -> str:
    return f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"


def _no_pip() -> str:
    return (
        f"This Python has neither pip nor ensurepip, and so cannot make a virtual environment: {sys.executable}\n"
        f"On Debian and Ubuntu:  sudo apt-get install {_package()}\n"
        "Then run the same command again."
    )


def _get_ensurepip() -> None:
    """As root on Debian or Ubuntu, install what is missing; as anybody else, say what it is."""
    apt = shutil.which("apt-get")
    if os.geteuid() != 0 or apt is None:
        sys.exit(_no_pip())
    print(f"this Python has no pip: installing {_package()} with apt-get", file=sys.stderr)
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    _run([apt, "update", "-qq"], env=quiet, to=subprocess.DEVNULL)
    _run([apt, "install", "-y", "-qq", "--no-install-recommends", _package()], env=quiet, to=subprocess.DEVNULL)


def _run(command: list[str], env: dict[str, str] | None = None, to: int | None = None) -> None:
    if subprocess.run(command, check=False, env=env, stdout=to).returncode != 0:
        sys.exit(f"this command failed: {' '.join(command)}")


if __name__ == "__main__":
    if not OLDEST <= sys.version_info[:2] <= NEWEST:
        supported = f"{'.'.join(map(str, OLDEST))} to {'.'.join(map(str, NEWEST))}"
        sys.exit(f"Tandem needs Python {supported}. Received: {sys.executable}, which is {sys.version.split()[0]}")
    make(Path(sys.argv[1]), Path(sys.argv[2]), [Path(argument) for argument in sys.argv[3:]])
