"""Pages about jobs: what they show, and, in a real browser, that they follow a job without being loaded again."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from chassis_live import Service, make_app, problem, running
from tests.chromium import PROGRAM, Page
from tests.processes import wait_until

NASTY = "</script><img src=x onerror=alert(1)>"
IN_BROWSER = pytest.mark.skipif(PROGRAM is None, reason="no Chromium is installed")


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    with running(make_app(tmp_path_factory.mktemp("pages"))) as found:
        yield found


def page_of(service: Service, path: str) -> str:
    reply = service.http.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (200, "text/html; charset=utf-8")
    return reply.text


def test_a_job_shows_state_log_and_request_and_is_escaped(service: Service) -> None:
    job = service.finish(service.submit("echo", {"text": NASTY}, resource="things/of-one"))
    page = page_of(service, f"/jobs/{job['id']}")
    assert '<span class="badge good">succeeded</span>' in page
    assert "<h1>echo <bdi>of-one</bdi></h1>" in page
    assert "<img" not in page
    assert page.count("<script") == page.count("</script") == 1
    log = re.findall(r'<pre class="log" tabindex="0">(.*?)</pre>', page, re.DOTALL)[0]
    assert "&lt;/script&gt;&lt;img src=x" in log
    assert f'href="/v1/jobs/{job["id"]}/log"' in page
    assert re.search(r'id="live-job" data-live="/jobs/\w+" data-done', page)


def test_a_failed_job_says_why(service: Service) -> None:
    job = service.finish(service.submit("bad_value"))
    for path in (f"/jobs/{job['id']}", "/jobs", "/jobs/newest"):
        page = page_of(service, path)
        assert '<span class="badge bad">failed</span>' in page
        assert "line 7: not a number. Received: &#39;x&#39;" in page


def test_of_a_long_log_the_end_is_shown(service: Service) -> None:
    text = "".join(f"line {number}\n" for number in range(5_000))
    job = service.finish(service.submit("echo", {"text": text, "times": 2}))
    page = page_of(service, f"/jobs/{job['id']}")
    log = re.findall(r'<pre class="log" tabindex="0">(.*?)</pre>', page, re.DOTALL)[0]
    assert 60_000 < len(log) <= 65_536
    assert re.match(r"line \d+\n", log)
    assert log.endswith("line 4999\n\n")


def test_a_job_that_is_not_there(service: Service) -> None:
    problem(service.http.get("/jobs/none"), 404)


@IN_BROWSER
def test_a_running_job_is_followed_until_it_is_done(service: Service, tab: Page) -> None:
    job = service.submit("sleep", {"seconds": 600})
    service.wait_for(job, lambda found: found["progress"]["phase"] == "sleep")
    tab.events.clear()
    tab.open(f"{address(service)}/jobs/{job}")
    tab.evaluate("window.loadedOnce = true")
    state = "document.querySelector('#live-job .badge').textContent"
    assert tab.evaluate(state) == "running"
    assert tab.evaluate("document.querySelector('[role=progressbar]').ariaValueNow") == "10"
    service.http.post(f"/v1/jobs/{job}:cancel")
    wait_until(lambda: tab.evaluate(state) == "cancelled")
    assert tab.evaluate("window.loadedOnce")
    assert tab.evaluate("document.querySelectorAll('[role=progressbar]').length") == 0
    assert faults(tab) == []


@IN_BROWSER
@pytest.mark.parametrize("width", [1400, 420])
def test_the_start_page_shows_a_new_job_by_itself(service: Service, tab: Page, width: int) -> None:
    running_job = service.submit("sleep", {"seconds": 600})
    tab.events.clear()
    tab.open(f"{address(service)}/", width=width)
    job = service.submit("echo", {"text": "x"}, resource=f"things/{width}")
    row = f"document.querySelector('#job-{job}')?.innerText ?? ''"
    looked_at = "document.dispatchEvent(new Event('visibilitychange'))"
    wait_until(lambda: tab.evaluate(looked_at) and str(width) in tab.evaluate(row))
    service.http.post(f"/v1/jobs/{running_job}:cancel")
    wait_until(lambda: tab.evaluate(looked_at) and "succeeded" in tab.evaluate(row))
    assert tab.evaluate("document.documentElement.scrollWidth") == width
    hints = "document.querySelectorAll('#live-jobs .hint').length"
    wait_until(lambda: tab.evaluate(hints) == (1 if width == 420 else 0))
    tab.click(f"#job-{job} th a")
    wait_until(lambda: tab.evaluate("location.pathname") == f"/jobs/{job}")
    assert faults(tab) == []


def address(service: Service) -> str:
    return str(service.http.base_url).rstrip("/")


def faults(tab: Page) -> list[Any]:
    return [event for event in tab.events if event["method"] in {"Log.entryAdded", "Runtime.exceptionThrown"}]
