"""A hook of mkdocs: adds the pages of shared/decisions to the site, after everything that mkdocs.yml lists."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from mkdocs.structure.files import File, Files

DECISIONS = Path(__file__).resolve().parent.parent / "shared" / "decisions"


def on_config(config: Any) -> Any:
    """Add an entry per decision to the navigation, in the order of their numbers."""
    pages = [f"decisions/{path.name}" for path in sorted(DECISIONS.glob("[0-9]*.md"))]
    config.nav.append({"Decisions": ["decisions/README.md", {"All, by number": pages}]})
    return config


def on_files(files: Files, config: Any) -> Files:
    """Add the pages themselves, where they stand in the repository."""
    for path in sorted(DECISIONS.glob("*.md")):
        files.append(File.generated(config, f"decisions/{path.name}", abs_src_path=str(path)))
    return files
