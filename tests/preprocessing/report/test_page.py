from __future__ import annotations

import hashlib
import random
import re
from base64 import b64encode
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import httpx
import numpy as np
import pytest
from tests.conftest import MakeDataset
from tests.preprocessing.described import Split, manifest_of, publish, statistics_of
from tests.preprocessing.made_datasets import columns, features_of, nasty_dataset, published, serving

from chassis.pages.distributions import Spread, bars, overlay
from contracts.dataset.manifest import Manifest
from contracts.schema import Feature, Numeric
from contracts.source import DelimitedText
from contracts.statistics import NumericStatistics, SplitStatistics, Statistics
from contracts.storage import Storage
from preprocessing.report.feature_pages import FeatureQuery, feature_page
from preprocessing.report.page import report_page

VOID = {"meta", "link", "input", "path", "br"}


class Elements(HTMLParser):
    """Every element in order, and whether all of them were closed in the order in which they were opened."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.feed(page)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for found, attributes in self.found if found == tag]


@pytest.fixture
def empty(tmp_path: Path) -> Storage:
    return Storage(str(tmp_path / "storage"))


@pytest.fixture
def http(tmp_path: Path, empty: Storage) -> Iterator[httpx.Client]:
    with serving(empty, tmp_path) as url, httpx.Client(base_url=url, timeout=60) as client:
        yield client


def page_of(http: httpx.Client, name: str = "made") -> str:
    reply = http.get(f"/v1/datasets/{name}/report")
    assert reply.status_code == 200, reply.text
    assert reply.headers["content-type"] == "text/html; charset=utf-8"
    return reply.text


def test_the_page_tells_of_every_feature(http: httpx.Client, empty: Storage) -> None:
    published(empty)
    page = page_of(http)
    rows = re.findall(r'<tbody id="f\d+".*?</tbody>', page, re.DOTALL)
    assert [re.search(r"<bdi>(\w+)", row)[1] for row in rows] == ["amount", "shop", "weight", "colour"]  # pyright: ignore[reportOptionalSubscript]
    assert all(row.count("10.0%") >= 2 for row in rows[1:])
    assert 'data-value="0.3335"' in rows[0]
    assert "leakage" in rows[0]
    assert "data-flag" in rows[0]
    assert not any("data-flag" in row for row in rows[1:])
    assert "mean label where missing" in rows[0]
    assert "quantile 25%" in rows[2]
    assert '<td class="right">12.5%</td>' in page or "12." in rows[1]
    assert "Its missing values correlate with the label (+1.00)" in page


def test_the_page_tells_of_label_rows_and_time(http: httpx.Client, empty: Storage) -> None:
    published(empty, seconds={"analyze": 75.0, "publish": 25.0})
    page = page_of(http)
    assert "The column <bdi>label</bdi>" in page
    assert re.search(
        r"train</th><td class=\"right\">2,000</td><td class=\"right\">87.0%</td>\s*<td class=\"right\">667</td>", page
    )
    assert re.search(r"analyze</th><td class=\"right\">1 min 15 s</td><td class=\"right\">75.0%", page)


def test_every_drawing_is_labelled_and_well_formed(http: httpx.Client, empty: Storage) -> None:
    published(empty)
    found = re.findall(r"<svg.*?</svg>", page_of(http), re.DOTALL)
    assert len(found) == 6  # a row's each, and densities of the two numbers
    for drawing in found:
        root = ET.fromstring(drawing)
        assert root.attrib["aria-label"] == root[0].text
        assert len(root.findall("path")) >= 1
    Elements(page_of(http))


def test_the_page_needs_nothing_from_outside_and_runs_only_its_own_script(http: httpx.Client, empty: Storage) -> None:
    published(empty, source=DelimitedText(format="csv", uris=["s3://bucket/a.csv"]))
    reply = http.get("/v1/datasets/made/report")
    elements = Elements(reply.text)
    places = [
        value for _, attributes in elements.found for name, value in attributes.items() if name in {"src", "href"}
    ]
    within = {place for place in places if place and place.startswith(("#f", "/"))}
    assert within >= {"/", "/jobs", "/docs", "/jobs/job", "/v1/datasets/made"}
    assert {place for place in places if place} - within == {"data:,"}
    assert re.findall(r"url\(|@import|https?:", reply.text) == []
    script = re.findall(r"<script>(.*?)</script>", reply.text, re.DOTALL)
    digest = b64encode(hashlib.sha256(script[0].encode()).digest()).decode()
    assert len(script) == 1
    words = [part.split(maxsplit=1) for part in reply.headers["content-security-policy"].split(";")]
    policy = {name: value for name, value in words}  # noqa: C416 - the words of a part are a list, no pair
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == f"'sha256-{digest}'"
    assert not any(name.startswith("on") for _, attributes in elements.found for name in attributes)


def test_whatever_is_shown_is_escaped(http: httpx.Client, empty: Storage) -> None:
    nasty_dataset(empty)
    page = page_of(http, "nasty")
    elements = Elements(page)
    assert len(elements.all("script")) == 1
    assert elements.all("img") == []
    assert page.count("&lt;img src=x onerror=alert(1)&gt;") > 8
    assert "caf\\xe9\\xff" in page
    assert "\\u202e" in page
    assert chr(0x202E) not in page
    assert "odd \\n\\ttoken" in page
    assert len(page) < 200_000


def test_rows_and_correlations_of_the_kept_sample_are_shown(http: httpx.Client, empty: Storage) -> None:
    published(empty)
    page = page_of(http)
    rows = page[page.index('id="rows"') :]
    assert rows.count('<tr><td class="muted">train</td>') == 10
    assert "10 of the 200 rows" in rows
    assert '<span class="muted">missing</span>' in rows
    found = page[page.index('id="correlations"') : page.index('id="rows"')]
    assert "Estimated from 200 training rows" in found
    assert "Rank correlations of numbers" in found


def test_no_rows_are_shown_where_the_setting_hides_them(empty: Storage, tmp_path: Path) -> None:
    published(empty)
    with serving(empty, tmp_path, report_rows=0) as url:
        page = httpx.get(f"{url}/v1/datasets/made/report").text
    assert 'id="rows"' not in page
    assert 'id="correlations"' in page


def test_names_are_whole(http: httpx.Client, empty: Storage) -> None:
    nasty_dataset(empty)
    assert page_of(http, "nasty").count("n" * 3000) >= 3


def test_a_dataset_that_is_not_there_or_damaged(http: httpx.Client, empty: Storage) -> None:
    reply = http.get("/v1/datasets/none/report")
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")
    assert "no dataset named 'none'" in reply.json()["detail"]
    published(empty)
    empty.write("datasets/made/job-1/statistics.json", b"{}")
    reply = http.get("/v1/datasets/made/report")
    assert (reply.status_code, reply.headers["content-type"]) == (500, "application/problem+json")
    assert "statistics.json does not have its published checksum" in reply.json()["detail"]


def test_statistics_of_an_older_dataset_make_a_page_too(http: httpx.Client, empty: Storage) -> None:
    features: dict[str, Feature] = {"x": Numeric(dtype="float64")}
    split: Split = {"x": [1.0, 2.0, None], "label": [0.0, 1.0, 0.0]}
    full = statistics_of({"train": split, "test": {"x": [], "label": []}}, features)
    kept = {"count", "missing", "infinite", "zeros", "negative", "mean", "std", "min", "max"}
    splits: dict[Any, SplitStatistics] = {
        name: found.model_copy(
            update={"features": {"x": NumericStatistics(**found.features["x"].model_dump(include=kept))}}
        )
        for name, found in full.splits.items()
    }
    statistics = Statistics(splits=splits)
    publish(empty, manifest_of("made", statistics, features), statistics)
    page = page_of(http)
    assert "<svg" not in page
    assert "mean <b>1.5</b>" in page


def many_features(count: int) -> tuple[Manifest, Statistics]:
    """Statistics of twenty features, under as many names."""
    names = [f"feature_{at:04d}" for at in range(count)]
    few = columns(200, 1, names[:20])
    statistics = statistics_of({"train": few, "validation": few, "test": few}, features_of(names[:20]))
    splits: dict[Any, SplitStatistics] = {
        split: found.model_copy(
            update={"features": {name: found.features[names[at % 20]] for at, name in enumerate(names)}}
        )
        for split, found in statistics.splits.items()
    }
    many = Statistics(splits=splits)
    return manifest_of("many", many, features_of(names)), many


def test_a_few_hundred_features_are_one_page() -> None:
    page = bytes(report_page(*many_features(200)).body)
    assert len(page) < 2_000_000
    assert page.count(b"<tbody id=") == 200
    assert b"<form" not in page


@pytest.mark.parametrize("count", [201, 2000])
def test_thousands_of_features_are_paged(count: int) -> None:
    response = report_page(*many_features(count), query=FeatureQuery(page=2))
    page = bytes(response.body).decode()
    assert len(page) < 1_000_000
    assert page.count("<tbody id=") == 100
    assert 'id="f100"' in page
    assert f"101 to 200 of {count:,}" in page
    assert "form-action 'self'" in response.headers["Content-Security-Policy"]


def test_features_of_a_wide_dataset_are_searched_and_sorted_over_all_pages() -> None:
    manifest, statistics = many_features(500)
    statistics.splits["train"].features["feature_0480"] = statistics.numeric("feature_0480").model_copy(
        update={"missing": 77, "distinct": 3}
    )

    def shown(**query: Any) -> list[str]:
        page = bytes(report_page(manifest, statistics, query=FeatureQuery(**query)).body).decode()
        return re.findall(r'<th scope="row" data-value="([^"]*)"', page)

    assert shown(search="NUMERIC e_048") == [f"feature_{at:04d}" for at in range(480, 490, 2)]
    assert shown(search="no such") == []
    assert shown(sort="missing")[0] == "feature_0480"
    assert shown(sort="distinct", page=99)[-1] == "feature_0480"
    assert shown(page=5)[0] == "feature_0400"


def test_links_to_features_lead_to_the_page_that_has_them() -> None:
    manifest, statistics = many_features(500)
    query = FeatureQuery(search="x", page=3, others=(("compare", "a b"),))
    page = feature_page(manifest.schema_, statistics.splits["train"], {}, query)
    assert page.anchor(42) == "?compare=a+b#f42"
    assert page.anchor(142) == "?compare=a+b&page=2#f142"
    whole = feature_page(manifest.schema_, statistics.splits["train"], {}, FeatureQuery(page=3))
    assert [words for words, _ in whole.links] == ["first", "previous", "next", "last"]
    assert dict(whole.links)["next"] == "?page=4#features"


def test_drawings_of_what_is_hardly_drawable() -> None:
    for drawing in (
        bars("t", []),
        bars("t", [0, 0]),
        bars("t", [5, 10**12]),
        overlay("t", []),
        overlay("t", [Spread([3.0, 3.0], [5]), Spread([0.0, 3.0, 1e308], [1, 10**9], 2)]),
        overlay("t", [Spread([-1.7e308, 0.0, 1.7e308], [1, 1])]),
        overlay("t", [Spread([2.0, 2.0], [7])]),
        overlay("t", [Spread([0.0, 1.0], [0])]),
    ):
        ET.fromstring(drawing)
        assert not re.search("nan|inf", drawing)


def test_bars_are_as_high_as_their_counts() -> None:
    assert [int(top) for top in re.findall(r"V(\d+)H", bars("t", [10, 5, 1]))] == [0, 50, 90]
    tops = [int(top) for top in re.findall(r"V(\d+)H", bars("t", [1000, 31, 1]))]
    assert tops == [0, 50, 90], "logarithms from a ratio of 50 on"


def test_equal_shares_have_equal_outlines() -> None:
    drawing = overlay("t", [Spread([0.0, 1.0, 2.0], [100, 300]), Spread([0.0, 1.0, 2.0], [1, 3], 2)])
    assert len(set(re.findall(r' d="([^"]+)"', drawing))) == 1


def test_the_page_of_a_job(make_dataset: MakeDataset) -> None:
    lines = ["id,constant,empty,told,kind,late"]
    picks = random.Random(1)
    for at in range(3000):
        late = at % 4 == 0
        lines.append(f"{at},same,,{'' if late else picks.random()},{picks.choice('abc')}{late},{int(late)}")
    dataset = make_dataset(
        "\n".join(lines) + "\n",
        label={"column": "late", "kind": "binary"},
        features={"empty": {"kind": "categorical"}},
        records="none",
    )
    page = bytes(report_page(dataset.manifest, dataset.statistics()).body).decode()
    found = dict(re.findall(r'data-search="(\w+) \w+ ?([^"]*)"', page))
    assert "row number" in found["id"]
    assert found["constant"] == "serious constant"
    assert found["empty"] == "serious all missing"
    assert found["told"] == "serious leakage"
    assert found["kind"] == "serious leakage"
    assert "analyze</th>" in page


def columns_of(rows: int, seed: int, shops: str) -> bytes:
    picks, numbers = random.Random(seed), np.random.default_rng(seed).normal(len(shops), 1, rows)
    lines = (f"{number:.3f},{picks.choice(shops)},{at % 3 == 0:d}" for at, number in enumerate(numbers))
    return "\n".join(["amount,shop,late", *lines, ""]).encode()


def test_the_page_of_two_jobs_beside_one_another(make_dataset: MakeDataset, engine: Any, tmp_path: Path) -> None:
    label = {"column": "late", "kind": "binary"}
    first = make_dataset(columns_of(3000, 1, "abcd"), label=label, records="none")
    features = {"shop": {"kind": "categorical", "min_count": 2}}
    second = make_dataset(columns_of(3000, 2, "abcx"), label=label, records="none", features=features)
    names = first.manifest.name, second.manifest.name
    with serving(Storage(engine.settings.storage), tmp_path) as url:
        page = httpx.get(f"{url}/v1/datasets/{names[1]}/report?compare={names[0]}", timeout=120).text
        same = httpx.get(f"{url}/v1/datasets/{names[0]}/report?compare={names[0]}", timeout=120).text
        absent = httpx.get(f"{url}/v1/datasets/{names[0]}/report?compare=none", timeout=120)
        odd = httpx.get(f"{url}/v1/datasets/{names[0]}/report?compare={names[0]}&split=holdout", timeout=120)
    Elements(page)
    assert "1 of 3 columns drifted" in page
    assert "1 feature has other rules" in page
    rows = re.findall(r'<tbody data-search="(\w+) \w+ (\w*)".*?</tbody>', page, re.DOTALL)
    assert rows[0] == ("shop", "drifted")
    assert {name for name, _ in rows} == {"amount", "shop", "late"}
    drift = page[page.index('id="drift"') :]
    assert re.search(r"1 <span class=\"muted\">\(2\d\.\d%\)</span><br><bdi>x</bdi>", drift)
    assert re.search(r"1 <span class=\"muted\">\(2\d\.\d%\)</span><br><bdi>d</bdi>", drift)
    assert 'rule">min_count 2</td><td class="rule">min_count 1</td>' in drift
    assert "none of 3 columns drifted" in same
    assert "other rules" not in same
    assert (absent.status_code, absent.headers["content-type"]) == (404, "application/problem+json")
    assert "no dataset named 'none'" in absent.json()["detail"]
    assert odd.status_code == 422


def test_what_is_compared_is_escaped(http: httpx.Client, empty: Storage) -> None:
    nasty_dataset(empty)
    published(empty)
    for other in ("nasty", "made"):
        reply = http.get(f"/v1/datasets/nasty/report?compare={other}")
        assert reply.status_code == 200, reply.text
        elements = Elements(reply.text)
        assert len(elements.all("script")) == 1
        assert elements.all("img") == []
    assert "no feature" in reply.text
