"""Archives of our own packages: executors of a cluster need no installation of Tandem.

Spark unpacks each archive into a folder of the package's name in the task's working folder, where Python finds it. The
archives include the kernels that numba has compiled here. Numba keys its cache by source and processor, so an executor on an
equal processor loads them (0.3 s), and any other compiles once (15 s) into the folder. A zip imported without unpacking would
have room for neither.
"""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PACKAGES = ("contracts", "sources", "preprocessing")
"""Packages that tasks import; those that only a service needs are not sent."""

_KERNELS = "preprocessing.kernels"


def pack(folder: Path) -> list[str]:
    """Write an archive per package into `folder`, named by its digest, and return the arguments of `addArtifacts`."""
    return [f"{_archive(package, folder)}#{package}" for package in PACKAGES]


def _archive(package: str, folder: Path) -> Path:
    root = Path(str(import_module(package).__file__)).parent
    files = {path.relative_to(root): path for path in sorted(root.rglob("*.py"))}
    if _KERNELS.startswith(f"{package}."):
        compiled = Path(*_KERNELS.split(".")[1:]) / "__pycache__"
        files |= {compiled / path.name: path for path in sorted(set(_compiled_kernels()))}
    digest = hashlib.sha256()
    for name, path in files.items():
        digest.update(f"{name}\0{path.stat().st_size}\0".encode() + path.read_bytes())
    archive = folder / f"{package}-{digest.hexdigest()[:16]}.zip"
    with ZipFile(archive, "w", ZIP_DEFLATED, compresslevel=1) as out:
        for name, path in files.items():
            out.writestr(ZipInfo(str(name)), path.read_bytes(), ZIP_DEFLATED)
    return archive


def _compiled_kernels() -> Iterator[Path]:
    """Yield numba's cache files of each kernel, in the cache folder that numba is configured with."""
    for kernel_module in pkgutil.iter_modules(import_module(_KERNELS).__path__, f"{_KERNELS}."):
        module = import_module(kernel_module.name)
        for name in vars(module):
            yield from _kept(module, name)


def _kept(module: ModuleType, name: str) -> Iterator[Path]:
    kernel: Any = getattr(module, name)
    kept = getattr(getattr(kernel, "_cache", None), "cache_path", None)
    if kept is not None and getattr(kernel, "__module__", None) == module.__name__:
        yield from Path(kept).glob(f"{module.__name__.rpartition('.')[2]}.{name}-*.nb[ic]")
