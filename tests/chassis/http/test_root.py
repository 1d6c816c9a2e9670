from __future__ import annotations

import pytest
from chassis_live import Service


def test_the_service_names_itself(service: Service):
    body = service.http.get("/").json()
    assert (body["status"], body["service"], body["version"]) == ("alive", "test", "1")


@pytest.mark.parametrize("name", ["docs", "openapi", "ready"])
def test_its_links_lead_somewhere(service: Service, name: str):
    assert service.http.get(service.http.get("/").json()[name]).is_success
