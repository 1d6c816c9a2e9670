"""The requests on the page that documents the service are requests, one for each format."""

from __future__ import annotations

from typing import get_args

import pytest

from contracts.messages.datasets import DatasetRequest
from contracts.source import Source, format_names
from preprocessing.api.request_examples import EXAMPLES
from preprocessing.planning.expressions import check_expressions
from preprocessing.settings import PreprocessingSettings
from preprocessing.spark.allowed_sources import check_source
from tandem.messages import sent


def test_there_is_a_documented_request_for_every_format() -> None:
    requests = [DatasetRequest.model_validate(example["value"]) for example in EXAMPLES.values()]
    assert {request.source.format for request in requests} == set(format_names(get_args(Source)[0]))


@pytest.mark.parametrize("name", EXAMPLES)
def test_the_examples_of_the_api_page_are_requests(name: str) -> None:
    request = DatasetRequest.model_validate(EXAMPLES[name]["value"])
    check_expressions(request)
    check_source(request.source, request.records, PreprocessingSettings().spark_formats, ["sales.*"])
    assert DatasetRequest.model_validate(sent(request)) == request
