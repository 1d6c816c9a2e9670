"""The start page of the modeling service lists its models with labels, and leads to reports and changes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest
from tests import apps
from tests.chromium import PROGRAM, Page
from tests.modeling.reports.made_versions import Evaluated, made_version, publish_version

from chassis.app import create_app
from chassis.jobs.job import Job, Progress, State
from chassis.service_parts import ServiceDescription, ServiceHooks
from contracts.messages.gates import Comparison, Gate
from contracts.storage import Storage
from modeling.api import models
from modeling.api.dependencies import repository_of
from modeling.reports.home import home_page
from modeling.repository.labels import change_labels
from modeling.repository.model_repository import ModelRepository
from modeling.settings import ModelingSettings

BROWSER = {"Accept": "text/html"}


@pytest.fixture(scope="module")
def storage(tmp_path_factory: pytest.TempPathFactory) -> Storage:
    """Model `m` with eleven versions: one and two have labels, and the last was compared with the first."""
    storage = Storage(str(tmp_path_factory.mktemp("home") / "storage"))
    made = made_version(rows=300)
    for _ in range(10):
        publish_version(storage, made)
    compared = Comparison(label="champion", version=1, metric="log_loss", its=0.5, ours=0.4)
    result = made.manifest.result.model_copy(update={"gate": Gate(passed=True, missed=[], compared=compared)})
    publish_version(storage, Evaluated(made.manifest.model_copy(update={"result": result}), made.detail))
    change_labels(storage, "m", lambda _: {"champion": 1, "canary": 2})
    return storage


@pytest.fixture(scope="module")
def url(storage: Storage, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The routes of pages alone, so that no graph is loaded."""
    state = str(tmp_path_factory.mktemp("state"))
    settings = ModelingSettings(
        storage=storage.uri, state=state, jobs_at_once=0, preprocessing_url="https://data.example"
    )
    repository = ModelRepository(storage)
    app = create_app(
        ServiceDescription("modeling", title="Models", text="", version="1"),
        settings,
        [models.router],
        hooks=ServiceHooks(home=home_page(repository)),
    )
    app.dependency_overrides[repository_of] = lambda: repository
    with apps.serving(app, lifespan="on") as address:
        yield address


def page_of(url: str, path: str = "/") -> str:
    reply = httpx.get(f"{url}{path}", headers=BROWSER)
    assert reply.status_code == 200
    return reply.text


def test_models_are_listed_with_default_labels_and_newest_versions(url: str) -> None:
    page = page_of(url)
    table = page[page.index('<table class="models">') : page.index("</table>")]
    assert re.findall(r'<a href="[^"]*/versions/(\d+)/report">version \d+</a>', table) == ["11"]
    assert re.findall(r'class="badge" href="[^"]*/versions/(\d+)/report">(\w+): \d+<', table) == [
        ("2", "canary"),
        ("1", "champion"),
    ]
    assert re.findall(r'/report">(\d+)</a>', table) == [str(number) for number in range(11, 3, -1)]
    assert "and 3 more" in table
    assert "log loss" in table
    assert 'href="https://data.example/v1/datasets/made/report"' in table


def test_every_link_within_the_service_leads_somewhere(url: str) -> None:
    paths = ["/", "/v1/models/m/versions/11/report", "/v1/models/m/versions/11/changes", "/datasets/made"]
    for page in map(page_of, [url] * 4, paths):
        for path in set(re.findall(r'href="(/[^"#]*)"', page)):
            if path not in {
                "/v1/models/m/versions",
                "/jobs/00000000-made",
            }:  # of another router, and a job that never was
                assert httpx.get(f"{url}{path}", headers=BROWSER).status_code in {200, 503}, path


def test_changes_are_since_the_version_that_the_gate_compared_with(url: str) -> None:
    assert "version 11 since version 1<" in page_of(url, "/v1/models/m/versions/11/changes")
    assert "version 10 since version 9<" in page_of(url, "/v1/models/m/versions/10/changes")


def test_a_training_leads_to_the_report_on_its_version(storage: Storage) -> None:
    result = home_page(ModelRepository(storage)).jobs.result
    job = Job(
        "id", "training", State.SUCCEEDED, 1, 0, 0.0, 0.0, 0.0, Progress(), {"model": "m"}, response={"version": 3}
    )
    assert result(job) == "/v1/models/m/versions/3/report"
    assert result(replace(job, kind="batch-prediction")) is None


def test_a_dataset_leads_to_the_versions_that_were_made_from_it(url: str) -> None:
    page = page_of(url, "/datasets/made")
    rows = re.findall(r'/versions/(\d+)/report">version \d+</a>( <span class="badge good">default)?', page)
    assert [(int(number), bool(default)) for number, default in rows] == [
        (number, number == 11) for number in range(11, 0, -1)
    ]
    assert page.count('<span class="badge">champion</span>') == 1
    assert 'href="https://data.example/v1/datasets/made/report"' in page
    assert "None yet" in page_of(url, "/datasets/another")
    assert httpx.get(f"{url}/datasets/..%2Fmade", headers=BROWSER).status_code in {404, 422}


@pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")
@pytest.mark.parametrize("width", [1400, 420])
def test_it_fits_the_window_and_leads_to_a_report(tab: Page, url: str, width: int) -> None:
    tab.events.clear()
    tab.open(f"{url}/datasets/made", width=width)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.open(f"{url}/", width=width)
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    tab.open(url + tab.evaluate("document.querySelector('.models th a').getAttribute('href')"), width=width)
    assert tab.evaluate("document.querySelector('h1').textContent") == "m, version 11"
    assert [event for event in tab.events if event["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}] == []
