"""The written documentation, where it was built: pages lead to it, and it loads nothing from outside."""

from __future__ import annotations

from pathlib import Path

import pytest
from chassis_live import make_app, running

PAGE = {"Accept": "text/html"}
LINK = '<a href="/guide/index.html">Guide</a>'


def test_a_guide_is_served_and_every_page_leads_to_it(tmp_path: Path) -> None:
    folder = tmp_path / "docs"
    (folder / "guide").mkdir(parents=True)
    (folder / "index.html").write_text("<h1>Tandem</h1>")
    (folder / "guide/models.html").write_text("<h1>Models</h1>" + "x" * 2000)
    (tmp_path / "secret").write_text("no")
    with running(make_app(tmp_path / "state", engine=None, guide=str(folder))) as service:
        for path in ("/", "/jobs"):
            assert LINK in service.http.get(path, headers=PAGE).text
        first = service.http.get("/guide/index.html")
        assert (first.status_code, first.text) == (200, "<h1>Tandem</h1>")
        policy = first.headers["content-security-policy"]
        assert policy.startswith("default-src 'self'; ")
        assert service.http.get("/guide", follow_redirects=True).text == first.text
        assert service.http.get("/guide/guide/models.html").text.startswith("<h1>Models</h1>")
        assert service.http.head("/guide/index.html").status_code == 200
        for path in ("/guide/nothing.html", "/guide/..%2fsecret", "/guide/../secret"):
            assert service.http.get(path).status_code == 404


@pytest.mark.parametrize("folder", ["", "empty", "missing"])
def test_where_there_is_none_nothing_leads_there(tmp_path: Path, folder: str) -> None:
    (tmp_path / "empty").mkdir()
    guide = str(tmp_path / folder) if folder else ""
    with running(make_app(tmp_path / "state", engine=None, guide=guide)) as service:
        assert "/guide" not in service.http.get("/", headers=PAGE).text
        assert service.http.get("/guide/index.html").status_code == 404
