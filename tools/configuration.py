"""The README's table of settings, written from the settings classes, so that it says what the services read.

.venv/bin/python tools/configuration.py        rewrites the table in README.md
"""

from __future__ import annotations

import json
from pathlib import Path

from pydantic.fields import FieldInfo

from chassis.settings import ServiceSettings
from modeling.settings import ModelingSettings
from preprocessing.settings import PreprocessingSettings

README = Path(__file__).resolve().parent.parent / "README.md"
BEGIN, END = "<!-- settings: written by tools/configuration.py -->\n", "<!-- end of settings -->"


def table() -> str:
    """Markdown: a row per environment variable, what both services read first, then what one of them adds."""
    both = ServiceSettings.model_fields
    rows = [row for name, field in both.items() if name != "port" for row in _row(name, field, "both")]
    for service, settings in (("preprocessing", PreprocessingSettings), ("modeling", ModelingSettings)):
        added = {name: field for name, field in settings.model_fields.items() if name not in both or name == "port"}
        rows += [row for name, field in added.items() for row in _row(name, field, service)]
    return "\n".join(["| variable | service | default | what it is |", "|---|---|---|---|", *rows, ""])


def _row(name: str, field: FieldInfo, service: str) -> list[str]:
    default = field.get_default(call_default_factory=True, validated_data={})
    words = (
        ",".join(default) if isinstance(default, list) else default if isinstance(default, str) else json.dumps(default)
    )
    shown = "" if default is None else f"`{words}`"
    return [f"| `TANDEM_{name.upper()}` | {service} | {shown} | {field.description} |"]


def with_table(readme: str) -> str:
    """The README's text with the table of today. Raises `ValueError` when the marks around it are gone."""
    before, begin, rest = readme.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not begin or not end:
        raise ValueError(f"README.md must hold {BEGIN.strip()} and {END}")
    return f"{before}{begin}{table()}{end}{after}"


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
