"""The start page of the preprocessing service lists its datasets, and leads to their reports."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from tests import apps
from tests.chromium import PROGRAM, Page
from tests.preprocessing.described import manifest_of, publish
from tests.preprocessing.made_datasets import NASTY, features_of, nasty_dataset, published

from chassis.jobs.client_store import JobClientStore
from chassis.jobs.database import JobDatabase
from contracts.storage import Storage
from preprocessing.main import make_app
from preprocessing.settings import PreprocessingSettings


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = tmp_path_factory.mktemp("home")
    storage = Storage(str(root / "storage"))
    statistics = published(storage)
    nasty_dataset(storage)
    newer = manifest_of("newer", statistics, features_of(["amount", "shop", "weight", "colour"]))
    publish(storage, newer.model_copy(update={"created": datetime(2026, 5, 1, tzinfo=UTC)}), statistics)
    state = root / "state"
    state.mkdir()
    database = JobDatabase("preprocessing", f"sqlite:///{state}/preprocessing.db")
    database.create()
    JobClientStore(database).submit("dataset", {"name": "soon"}, resource="datasets/soon")
    database.close()
    settings = PreprocessingSettings(
        storage=storage.uri, state=str(state), jobs_at_once=0, modeling_url="https://models.example/"
    )
    with apps.serving(make_app(settings), lifespan="on") as address:
        yield address


def page_of(url: str, path: str = "/") -> str:
    reply = httpx.get(f"{url}{path}", headers={"Accept": "text/html"})
    assert reply.status_code == 200
    return reply.text


def test_datasets_are_listed_newest_first_with_their_reports(url: str) -> None:
    page = page_of(url)
    names = re.findall(r'<th scope="row"><a href="/v1/datasets/(\w+)/report">(\w+)</a></th>', page)
    assert names == [("newer", "newer"), ("made", "made"), ("nasty", "nasty")]
    assert "2,300" in page
    assert 'href="https://models.example/"' in page
    for reached_from in (page, page_of(url, "/v1/datasets/made/report")):
        assert 'href="https://models.example/datasets/made"' in reached_from
    for path in set(re.findall(r'href="(/[^"#]*)"', page)):
        assert httpx.get(f"{url}{path}", headers={"Accept": "text/html"}).status_code in {200, 503}, path


def test_hostile_labels_are_text(url: str) -> None:
    page = page_of(url)
    assert "<img" not in page
    assert page.count("<script") == 1
    assert NASTY.replace("<", "&lt;")[:8] in page


def test_jobs_are_listed_and_lead_to_their_page(url: str) -> None:
    page = page_of(url)
    job = re.findall(r'<a href="(/jobs/\w{20,})">dataset <bdi>soon</bdi></a>', page)
    assert len(job) == 1
    assert "soon" in page_of(url, job[0])


def test_other_clients_are_given_the_paths(url: str) -> None:
    assert httpx.get(url).json()["datasets"] == "/v1/datasets"


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [1400, 420])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_the_window_and_leads_to_a_report(tab: Page, url: str, width: int, scheme: str) -> None:
    tab.events.clear()
    tab.open(f"{url}/", width=width, scheme=scheme)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    assert [event for event in tab.events if event["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}] == []
    tab.open(url + tab.evaluate("document.querySelector('.datasets th a').getAttribute('href')"), width=width)
    assert tab.evaluate("document.querySelector('h1').textContent") == "newer"


def test_an_empty_service_says_what_to_do(tmp_path: Path) -> None:
    settings = PreprocessingSettings(storage=str(tmp_path / "none"), state=str(tmp_path), jobs_at_once=0)
    with apps.serving(make_app(settings), lifespan="on") as address:
        page = page_of(address)
    assert "POST /v1/datasets" in page
    assert page.count("None yet") == 2
