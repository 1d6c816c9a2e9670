"""Versions that are loaded because a request names them: off the event loop, one after another, and so many at most."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from tests.modeling.served import registry as registry_of
from tests.modeling.trained import Trained

from contracts.errors import DeadlineExceeded, NotFound, Overloaded
from modeling.protocols.tensorflow_predict import predict
from modeling.serving.loaded_version import LoadedVersion
from modeling.serving.predictor import Predictor
from modeling.serving.registry import ModelRegistry

READ = predict(json.dumps({"instances": [{"class": 3}]}).encode())


@pytest.fixture
def registry(trained: Trained) -> Iterator[ModelRegistry]:
    with registry_of(trained.storage) as registry:
        yield registry


@pytest.fixture
def go(registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch) -> threading.Event:
    """Until it is set, nothing is loaded on request."""
    go, get = threading.Event(), registry.get

    def held(*asked: Any) -> LoadedVersion:
        assert threading.current_thread() is not threading.main_thread()
        go.wait(60)
        return get(*asked)

    monkeypatch.setattr(registry, "get", held)
    return go


def test_past_the_limit_a_request_is_turned_away_and_room_is_made_again(
    registry: ModelRegistry, go: threading.Event
) -> None:
    predictor = Predictor(registry, threads=1, queue=1)

    async def main() -> None:
        waiting = [asyncio.ensure_future(predictor.predict("m", READ, version=number)) for number in (1, 9)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded, match="2 requests for versions that are to be loaded"):
            await predictor.predict("m", READ, version=1)
        assert (await predictor.predict("m", READ)).version == 2, "what is loaded already is answered meanwhile"
        go.set()
        assert (await waiting[0]).version == 1
        with pytest.raises(NotFound):
            await waiting[1]
        with pytest.raises(NotFound):
            await predictor.predict("m", READ, version=8)

    asyncio.run(main())
    predictor.close()


def test_a_version_is_loaded_even_when_nobody_waits_for_it_any_more(
    registry: ModelRegistry, go: threading.Event
) -> None:
    predictor = Predictor(registry, threads=1, queue=1, seconds=0.1)

    async def main() -> None:
        with pytest.raises(DeadlineExceeded, match="try again soon"):
            await predictor.predict("m", READ, version=1)
        go.set()

    asyncio.run(main())
    predictor.close()
    assert registry.peek("m", 1, None) is not None
