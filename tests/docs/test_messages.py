"""The error messages that the page of troubleshooting explains are those of the code."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest
from tests.docs.pages import DOCS, ROOT

HEADINGS = re.findall(r"^### `([^`]+)`$", (DOCS / "troubleshooting.md").read_text(encoding="utf-8"), re.MULTILINE)


def _texts() -> Iterator[str]:
    """Every string of the product, "…" standing for what is put in; and the Makefile."""
    for folder in ("shared", "services"):
        for path in (ROOT / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "…" for part in node.values)
                    yield "".join(map(str, parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value
    yield (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return list(_texts())


@pytest.mark.parametrize("heading", HEADINGS)
def test_the_message_is_one_of_the_codes(heading: str, texts: list[str]) -> None:
    parts = [part for part in re.split(r"\s*…\s*", heading) if len(part) > 3]
    pattern = re.compile(".*?".join(map(re.escape, parts)), re.DOTALL)
    candidates = [text for text in texts if all(part in text for part in parts)]
    assert any(pattern.search(text) for text in candidates), (
        "the message was reworded; say so in docs/troubleshooting.md"
    )
