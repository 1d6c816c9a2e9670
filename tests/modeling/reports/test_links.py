from __future__ import annotations

import pytest
from pydantic import ValidationError

from modeling.reports.links import PageLinks
from modeling.settings import ModelingSettings


def test_addresses_are_below_the_prefix_and_of_the_other_service_where_it_is_known() -> None:
    links = PageLinks("/models", "https://data")
    assert links.report("m", 3) == "/models/v1/models/m/versions/3/report"
    assert links.changes("m", 3) == "/models/v1/models/m/versions/3/changes"
    assert links.changes("m", 3, 1) == "/models/v1/models/m/versions/3/changes?since=1"
    assert links.job("j") == "/models/jobs/j"
    assert links.dataset("d") == "https://data/v1/datasets/d/report"
    assert links.drift("d", "c") == "https://data/v1/datasets/d/report?compare=c#drift"
    assert ("Datasets", "https://data/") in links.nav
    assert (PageLinks().dataset("d"), PageLinks().drift("d", "c")) == (None, None)
    assert [words for words, _ in PageLinks().nav] == ["Models", "Jobs", "API documentation"]
    assert ("Guide", "/models/guide/index.html") in PageLinks("/models", has_guide=True).nav


@pytest.mark.parametrize(
    "address", ["javascript:alert(1)", "data:text/html,x", "ftp://a", 'https://a"b', "https://a b"]
)
def test_only_addresses_of_services_become_links(address: str) -> None:
    with pytest.raises(ValidationError):
        ModelingSettings(preprocessing_url=address)


@pytest.mark.parametrize("address", ["https://data.example:8001", "http://127.0.0.1:8001/", "/preprocessing"])
def test_an_address_may_be_a_path_of_the_same_host(address: str) -> None:
    assert ModelingSettings(preprocessing_url=address).preprocessing_url == address
