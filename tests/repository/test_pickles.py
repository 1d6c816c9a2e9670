"""No product code unpickles, or reads another format that runs code, but where a reason is named."""

from __future__ import annotations

import ast
from collections.abc import Iterator

import pytest
from tests.repository.test_structure import PACKAGES, ROOT, modules_of

ALLOWED = {
    "services/preprocessing/preprocessing/spark/run_parts.py": "functions and results of tasks, which pass through Spark's "
    "own channel alone and never lie in the storage",
}
REFUSED = {"pickle", "_pickle", "cloudpickle", "dill", "joblib", "marshal", "shelve"}
CALLS = {"read_pickle", "to_pickle", "load_model", "saveAsPickleFile", "unsafe_load"}
MODULES = [path for package in PACKAGES for path in modules_of(package)]


def unpickling(tree: ast.AST) -> Iterator[str]:
    """The imports and calls of a module that may run code from a file."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.partition(".")[0] in REFUSED)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in REFUSED:
            yield str(node.module)
        elif isinstance(node, ast.Attribute) and node.attr in CALLS:
            yield node.attr
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "__import__":
            yield "__import__"
        elif isinstance(node, ast.keyword) and node.arg == "allow_pickle" and ast.unparse(node.value) != "False":
            yield "allow_pickle"


def test_no_module_reads_what_may_run_code() -> None:
    refused = {
        str(path.relative_to(ROOT)): names for path in MODULES if (names := [*unpickling(ast.parse(path.read_text()))])
    }
    assert {path: names for path, names in refused.items() if path not in ALLOWED} == {}
    assert ALLOWED.keys() == refused.keys() & ALLOWED.keys(), "an exception that nothing needs"


@pytest.mark.parametrize(
    "source",
    [
        "import pickle",
        "import cloudpickle.compat as c",
        "from pickle import loads",
        "import pandas as pd; pd.read_pickle('a')",
        "import numpy as np; np.load('a', allow_pickle=True)",
        "__import__('pickle')",
    ],
)
def test_the_check_sees_them(source: str) -> None:
    assert [*unpickling(ast.parse(source))]
    assert not [*unpickling(ast.parse("import numpy as np; np.load('a', allow_pickle=False)"))]
