"""Writes docs/reference/settings.md, and the names of all variables, from the settings classes.

.venv/bin/python tools/configuration.py        rewrites that page and contracts/validation/environment.py
"""

from __future__ import annotations

import json
import textwrap
from collections.abc import Iterable, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from chassis.settings import ServiceSettings
from modeling.settings import ModelingSettings
from preprocessing.settings import PreprocessingSettings
from tandem.transport.access_token import TOKEN_VARIABLE
from tandem.transport.addresses import VARIABLES

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "reference" / "settings.md"
NAMES = ROOT / "shared" / "contracts" / "contracts" / "validation" / "environment.py"
BEGIN, END = "<!-- settings: written by tools/configuration.py -->\n", "<!-- end of settings -->"
NAMES_BEGIN, NAMES_END = "# Written by tools/configuration.py\n", "# End of what tools/configuration.py writes"
OTHERS = [*VARIABLES.values(), TOKEN_VARIABLE, "TANDEM_WRITE_GOLDEN"]
"""Variables of the client and of the tests."""
WIDTH = 120


def entries() -> str:
    """Return Markdown: an entry per environment variable, first of both services, then of each."""
    shared = {name: field for name, field in ServiceSettings.model_fields.items() if name != "port"}
    sections = [_section("Both services", shared.items())]
    for title, settings in (("Preprocessing", PreprocessingSettings), ("Modeling", ModelingSettings)):
        own = _own(settings.model_fields, shared)
        sections.append(_section(title, own.items()))
    return "\n".join(sections)


def _own(fields: Mapping[str, FieldInfo], shared: Mapping[str, FieldInfo]) -> dict[str, FieldInfo]:
    return {name: field for name, field in fields.items() if name not in shared}


def _section(title: str, fields: Iterable[tuple[str, FieldInfo]]) -> str:
    return "\n".join([f"## {title}", "", *(_entry(name, field) for name, field in fields)])


def _entry(name: str, field: FieldInfo) -> str:
    default = field.get_default(call_default_factory=True, validated_data={})
    if default is None:
        shown = "none"
    elif isinstance(default, list):
        shown = f"`{','.join(default)}`" if default else "empty"
    else:
        shown = f"`{default if isinstance(default, str) else json.dumps(default)}`" if default != "" else "empty"
    text = textwrap.wrap(field.description or "", WIDTH - 4, break_long_words=False, break_on_hyphens=False)
    definition = "\n    ".join([*text, *textwrap.wrap(f"Default: {shown}", WIDTH - 4, break_on_hyphens=False)])
    return f"`TANDEM_{name.upper()}`\n:   {definition}\n"


def with_entries(page: str) -> str:
    """Return the page with the present settings. Raises `ValueError` when the marks around them are missing."""
    before, begin, rest = page.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"{PAGE.name} must hold {BEGIN.strip()} and {END}")
    return f"{before}{begin}\n{entries()}\n{end}{after}"


def with_names(module: str) -> str:
    """Return the module with the name of every variable. Raises `ValueError` when the marks around them are missing."""
    before, begin, rest = module.partition(NAMES_BEGIN)
    _, end, after = rest.partition(NAMES_END)
    if not begin or not end:
        raise ValueError(f"{NAMES.name} must hold {NAMES_BEGIN.strip()} and {NAMES_END}")
    fields = {name for settings in (PreprocessingSettings, ModelingSettings) for name in settings.model_fields}
    lines = "".join(
        f'        "{name}",\n' for name in sorted({*(f"TANDEM_{name.upper()}" for name in fields), *OTHERS})
    )
    return f"{before}{begin}VARIABLES: frozenset[str] = frozenset(\n    (\n{lines}    )\n)\n{end}{after}"


if __name__ == "__main__":
    PAGE.write_text(with_entries(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
    NAMES.write_text(with_names(NAMES.read_text(encoding="utf-8")), encoding="utf-8")
