"""`make docs` builds a site whose links lead somewhere, whose pages are in its navigation, and which no other host serves."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from tests.docs.pages import DOCS, README, ROOT, blocks, sources

_LOADING = {"script": "src", "link": "href", "img": "src", "iframe": "src", "source": "src", "object": "data"}
_FETCHED_LINKS = {"stylesheet", "icon", "preload", "preconnect", "dns-prefetch", "manifest", "modulepreload"}


class _Page(HTMLParser):
    """What a page loads, where its links lead, and which anchors it has."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.loaded: list[str] = []
        self.links: list[str] = []
        self.anchors: set[str] = set()
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        self.anchors |= {given.get("id") or "", given.get("name") or ""}
        target = given.get(_LOADING.get(tag, "")) or ""
        if tag == "a":
            self.links.append(given.get("href") or "")
        elif target and (tag != "link" or set((given.get("rel") or "").split()) & _FETCHED_LINKS):
            self.loaded.append(target)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--quiet", "--site-dir", str(folder)]
    environment = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr + done.stdout
    return folder


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[Path, _Page]:
    return {path: _Page(path) for path in sorted(site.rglob("*.html"))}


def test_nothing_is_loaded_from_another_host(site: Path, pages: dict[Path, _Page]) -> None:
    strangers = [
        f"{path.relative_to(site)}: {url}" for path, page in pages.items() for url in page.loaded if "//" in url
    ]
    assert strangers == []
    for style in site.rglob("*.css"):
        assert not re.search(r"(?:url\(|@import)\s*['\"]?(?:https?:)?//", style.read_text(encoding="utf-8")), style


def test_every_link_within_the_site_leads_to_a_page_and_an_anchor(site: Path, pages: dict[Path, _Page]) -> None:
    broken: list[str] = []
    for path, page in pages.items():
        if path.name == "404.html":  # its links begin at the site's root, wherever that will be
            continue
        for link in page.links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            target = target / "index.html" if target.is_dir() else target
            anchors = pages[target].anchors if target in pages else set[str]()
            if not target.exists() or (parts.fragment and unquote(parts.fragment) not in anchors):
                broken.append(f"{path.relative_to(site)}: {link}")
    assert broken == []


def test_every_page_is_in_the_navigation(site: Path, pages: dict[Path, _Page]) -> None:
    home = pages[site / "index.html"]
    listed = {(site / unquote(urlsplit(link).path)).resolve() for link in home.links if not urlsplit(link).netloc}
    assert sorted(str(path.relative_to(site)) for path in pages if path not in listed and path.name != "404.html") == []


def test_links_of_the_readme_lead_to_files() -> None:
    links = re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", README.read_text(encoding="utf-8"))
    assert [link for link in links if not (ROOT / link).exists()] == []


@pytest.mark.parametrize("page", sources(), ids=lambda page: str(page.relative_to(ROOT)))
def test_lines_end_at_120_characters(page: Path) -> None:
    long = [
        f"{number}: {line}"
        for number, line in enumerate(page.read_text(encoding="utf-8").splitlines(), 1)
        if len(line) > 120
    ]
    assert long == []


def test_the_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= 160


def test_blocks_name_their_language() -> None:
    assert [block.place for page in sources() for block in blocks(page) if not block.language] == []


def test_drawings_are_used() -> None:
    texts = "".join(page.read_text(encoding="utf-8") for page in sources())
    assert [path.name for path in (DOCS / "diagrams").glob("*") if path.name not in texts] == []
