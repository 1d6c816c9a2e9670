from __future__ import annotations

import pytest

from contracts.stores.uris import below, s3_location, shown

URI = "s3://key:s%2Fcret@bucket/a/b?endpoint_override=127.0.0.1:9000&scheme=http&region=eu-west-1"


def test_an_s3_uri_holds_endpoint_region_and_keys() -> None:
    place = s3_location(URI)
    assert (place.bucket, place.prefix) == ("bucket", "a/b")
    assert (place.endpoint, place.region) == ("http://127.0.0.1:9000", "eu-west-1")
    assert (place.access_key, place.secret_key) == ("key", "s/cret")


def test_the_environment_decides_what_a_uri_leaves_out(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    assert s3_location("s3://bucket").region is None
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://all:1")
    assert s3_location("s3://bucket").region == "us-east-1"
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-north-1")
    place = s3_location("s3://bucket")
    assert (place.endpoint, place.region, place.access_key) == ("http://all:1", "eu-north-1", None)
    monkeypatch.setenv("AWS_ENDPOINT_URL_S3", "https://s3:2/")
    monkeypatch.setenv("AWS_REGION", "eu-west-3")
    place = s3_location("s3://bucket")
    assert (place.endpoint, place.region) == ("https://s3:2", "eu-west-3")


def test_options_stay_at_the_end() -> None:
    assert below(URI, "c").startswith("s3://key:s%2Fcret@bucket/a/b/c?endpoint_override=")
    assert below("/srv/what?/", "c") == "/srv/what?/c"
    assert shown(URI) == "s3://bucket/a/b"
