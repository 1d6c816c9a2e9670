"""Variables and parameters are named for what they hold: words that fit any value are kept out of every package."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.repository.test_structure import PACKAGES

VAGUE = {"found", "at", "each", "most"}


def vague_names(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """Yield line and name of each variable, parameter and caught error of a vague name; methods may be called `at`."""
    for node in ast.walk(tree):
        match node:
            case (
                ast.Name(id=name, ctx=ast.Store())
                | ast.arg(arg=name)
                | ast.ExceptHandler(name=str(name))
                | ast.MatchAs(name=str(name))
                | ast.MatchStar(name=str(name))
                | ast.MatchMapping(rest=str(name))
                | ast.alias(asname=str(name))
            ) if name in VAGUE:
                yield node.lineno, name
            case _:
                pass


@pytest.mark.parametrize("package", PACKAGES, ids=lambda package: package.name)
def test_no_variable_has_a_vague_name(package: Path) -> None:
    vague = [
        f"{path.relative_to(package.parent)}:{line}: {name}"
        for path in sorted(package.rglob("*.py"))
        for line, name in vague_names(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not vague, "\n".join(vague)


@pytest.mark.parametrize(
    ("code", "names"),
    [
        ("found = 1", ["found"]),
        ("found: int = 1", ["found"]),
        ("for at, row in enumerate(rows): pass", ["at"]),
        ("[each.name for each in rows]", ["each"]),
        ("def limit(most): pass", ["most"]),
        ("with opened() as found: pass", ["found"]),
        ("try: pass\nexcept OSError as found: pass", ["found"]),
        ("while found := read(): pass", ["found"]),
        ("match value:\n    case [at, *found]: pass", ["at", "found"]),
        ("import array as at", ["at"]),
        ("row.found = np.add.at(rows, index)", []),
        ("def at(self): return self.most", []),
    ],
)
def test_a_vague_name_is_seen(code: str, names: list[str]) -> None:
    assert [name for _, name in vague_names(ast.parse(code))] == names
