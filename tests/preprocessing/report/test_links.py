from __future__ import annotations

import pytest
from pydantic import ValidationError

from preprocessing.report.links import PageLinks
from preprocessing.settings import PreprocessingSettings


def test_addresses_are_below_the_prefix_and_of_the_other_service_where_it_is_known() -> None:
    links = PageLinks("/data", "https://models")
    assert links.report("d") == "/data/v1/datasets/d/report"
    assert links.manifest("d") == "/data/v1/datasets/d"
    assert links.job("j") == "/data/jobs/j"
    assert links.nav[-1] == ("Models", "https://models/")
    assert (links.models("d"), PageLinks().models("d")) == ("https://models/datasets/d", None)
    assert ("Guide", "/data/guide/index.html") in PageLinks("/data", has_guide=True).nav
    assert PageLinks().nav == [("Datasets", "/"), ("Jobs", "/jobs"), ("API documentation", "/docs")]


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "a.b", "https://a<b"])
def test_only_addresses_of_services_become_links(address: str) -> None:
    with pytest.raises(ValidationError):
        PreprocessingSettings(modeling_url=address)
