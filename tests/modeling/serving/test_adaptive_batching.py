from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from tests.modeling.made import SCHEMA
from tests.modeling.made_records import raw_matrices
from tests.modeling.served import registry as registry_of
from tests.modeling.trained import Trained

from contracts.errors import DeadlineExceeded, InvalidRequest, NotFound, Overloaded
from modeling.protocols.tensorflow_predict import predict
from modeling.serving.adaptive_batching import Batching
from modeling.serving.inference_request import BodyDecoder, Call, LargeBodyDecoder, Reply
from modeling.serving.loaded_version import LoadedVersion, Outputs
from modeling.serving.predictor import Predictor
from modeling.serving.registry import ModelRegistry
from modeling.serving.request_timeout import allowed_seconds


class Watching:
    """Remembers what the graph was asked."""

    def __init__(self) -> None:
        self.batches: list[tuple[int, str, int]] = []
        self.answered_rows: list[int] = []

    def computed(self, loaded: LoadedVersion, signature: str, rows: int, seconds: float) -> None:
        self.batches.append((loaded.manifest.version, signature, rows))

    def answered(self, loaded: LoadedVersion, call: Call, outputs: Outputs, seconds: float) -> None:
        assert {len(each) for each in outputs.values()} == {call.values.rows}
        self.answered_rows.append(call.values.rows)


@pytest.fixture(scope="module")
def registry(trained: Trained) -> Iterator[ModelRegistry]:
    with registry_of(trained.storage) as registry:
        registry.get("m", 1)
        yield registry


def make(registry: ModelRegistry, watching: Watching | None = None, **options: Any) -> Predictor:
    given: dict[str, Any] = {"threads": 1, "queue": 200, "observer": watching, **options}
    return Predictor(registry, **given)


def body(*rows: dict[str, Any], **more: Any) -> BodyDecoder:
    return predict(json.dumps({"instances": list(rows), **more}).encode())


def row(at: int) -> dict[str, Any]:
    return {"distance km": 500.0 + at, "class": at % 30, "carrier/日本": ("null", "1:x", "?")[at % 3]}


class Held:
    """A request whose reading waits until it is let go; by then others wait in the queue behind it."""

    def __init__(self) -> None:
        self.go = threading.Event()

    def __call__(self, loaded: LoadedVersion) -> Call:
        self.go.wait(30)
        return body(row(0))(loaded)


def values(reply: Reply) -> list[float]:
    return json.loads(reply.body)["predictions"]


def test_what_waits_is_computed_together_by_version_and_signature_and_each_gets_its_own(
    registry: ModelRegistry,
) -> None:
    watching = Watching()
    predictor = make(registry, watching, batch_rows=8)

    async def main() -> list[tuple[int, Reply]]:
        held = Held()
        first = asyncio.create_task(predictor.predict("m", held))
        await asyncio.sleep(0.05)
        tasks = [
            (at, asyncio.create_task(predictor.predict("m", body(*[row(at)] * (1 + at % 3)), version=1 + at % 2)))
            for at in range(40)
        ]
        await asyncio.sleep(0.05)
        held.go.set()
        await first
        return [(at, await task) for at, task in tasks]

    for at, reply in asyncio.run(main()):
        version = 1 + at % 2
        assert reply.version == version
        alone = values(predictor.answer("m", body(row(at)), version=version))
        assert values(reply) == pytest.approx(alone * (1 + at % 3), rel=1e-6)
    computed = watching.batches[: len(watching.batches) - 40]
    assert max(rows for _, _, rows in computed) > 3
    assert all(rows <= 8 for _, _, rows in computed)
    assert len(computed) < 41
    predictor.close()


def test_nobody_waits_for_a_large_body_to_be_read(registry: ModelRegistry) -> None:
    predictor = make(registry)

    async def main() -> None:
        held, large = Held(), Held()
        first = asyncio.create_task(predictor.predict("m", held))
        await asyncio.sleep(0.05)
        reads = [body(row(1)), LargeBodyDecoder(large), body(row(2))]
        before, slow, after = (asyncio.create_task(predictor.predict("m", read)) for read in reads)
        await asyncio.sleep(0.05)
        held.go.set()
        await asyncio.wait_for(asyncio.gather(first, before), 10)
        assert not slow.done()
        assert not after.done()
        large.go.set()
        await asyncio.wait_for(asyncio.gather(slow, after), 10)

    asyncio.run(main())
    predictor.close()


def test_a_lone_request_is_computed_by_itself_and_at_once(registry: ModelRegistry) -> None:
    watching = Watching()
    predictor = make(registry, watching)

    async def main() -> None:
        for at in range(20):
            await predictor.predict("m", body(row(at)))

    asyncio.run(main())
    assert [rows for *_, rows in watching.batches] == [1] * 20
    predictor.close()


def test_one_that_fails_in_a_batch_fails_alone(registry: ModelRegistry) -> None:
    predictor = make(registry)
    good = [body({"examples": {"b64": ""}}, signature_name="examples") for _ in range(3)]
    bad = body({"examples": "no example"}, signature_name="examples")
    wrong = body({"distance km": "far"})

    async def main() -> list[Any]:
        held = Held()
        first = asyncio.create_task(predictor.predict("m", held))
        await asyncio.sleep(0.05)
        tasks = [asyncio.create_task(predictor.predict("m", each)) for each in (good[0], bad, good[1], wrong, good[2])]
        await asyncio.sleep(0.05)
        held.go.set()
        await first
        return await asyncio.gather(*tasks, return_exceptions=True)

    found = asyncio.run(main())
    assert isinstance(found[1], InvalidRequest)
    assert "tf.train.Examples" in found[1].message
    assert isinstance(found[3], InvalidRequest)
    assert values(found[0]) == values(found[2]) == values(found[4])
    predictor.close()


def test_past_the_queue_requests_are_turned_away_and_past_its_time_one_is_given_up(registry: ModelRegistry) -> None:
    predictor = make(registry, queue=2, seconds=1)

    async def main() -> None:
        held = Held()
        late = asyncio.create_task(predictor.predict("m", held))
        await asyncio.sleep(0.05)
        allowed_seconds.set(0.05)
        later = asyncio.create_task(predictor.predict("m", body(row(1))))
        allowed_seconds.set(None)
        last = asyncio.create_task(predictor.predict("m", body(row(1))))
        await asyncio.sleep(0)
        assert predictor.unfinished == 3
        with pytest.raises(Overloaded):
            await predictor.predict("m", body(row(1)))
        with pytest.raises(DeadlineExceeded, match=r"0\.05 seconds"):
            await later
        for each in (late, last):
            with pytest.raises(DeadlineExceeded, match=r"1 seconds"):
                await each
        held.go.set()
        while predictor.unfinished:  # noqa: ASYNC110  # a number, which tells nobody of its changes
            await asyncio.sleep(0.01)
        assert values(await predictor.predict("m", body(row(1))))

    asyncio.run(main())
    predictor.close()


def test_more_rows_than_allowed_are_refused(registry: ModelRegistry) -> None:
    predictor = make(registry, most_rows=3)
    with pytest.raises(InvalidRequest, match=r"at most 3 rows\. Received: 4"):
        predictor.answer("m", body(*[row(1)] * 4))
    predictor.close()


def test_what_is_not_loaded_is_looked_for_off_the_event_loop(registry: ModelRegistry) -> None:
    predictor = make(registry)
    with pytest.raises(NotFound):
        asyncio.run(predictor.predict("nothing", body(row(1))))
    with pytest.raises(NotFound):
        asyncio.run(predictor.predict("m", body(row(1)), label="nobody"))
    predictor.close()


def test_a_thread_that_was_interrupted_answers_the_next(
    registry: ModelRegistry, monkeypatch: pytest.MonkeyPatch
) -> None:
    predictor = make(registry)
    take = Batching._take

    def out_of_memory(*_: object) -> None:
        monkeypatch.setattr(Batching, "_take", take)
        raise MemoryError

    monkeypatch.setattr(Batching, "_take", out_of_memory)

    async def main() -> Reply:
        allowed_seconds.set(0.2)
        with pytest.raises(DeadlineExceeded):
            await predictor.predict("m", body(row(0)))
        assert [thread.health for thread in predictor.threads] == ["predict-0: MemoryError"]
        allowed_seconds.set(30)
        return await predictor.predict("m", body(row(1)))

    assert len(values(asyncio.run(main()))) == 1
    predictor.close()
    assert [thread.health for thread in predictor.threads] == [None]
    assert not any(thread.is_alive() for thread in predictor.threads)


def test_closing_lets_what_waits_be_answered(registry: ModelRegistry) -> None:
    predictor = make(registry)

    async def main() -> list[Reply]:
        tasks = [asyncio.create_task(predictor.predict("m", body(row(at)))) for at in range(30)]
        await asyncio.sleep(0)
        await asyncio.to_thread(predictor.close)
        return await asyncio.gather(*tasks)

    assert len(asyncio.run(main())) == 30


def test_rows_of_a_batch_are_those_of_the_rows_alone_up_to_float32s_rounding(
    registry: ModelRegistry, trained: Trained
) -> None:
    numeric, tokens = raw_matrices(SCHEMA, trained.made.of("test")[:64])
    call = registry.get("m", 2).signatures["serving_default"].call
    together = call(numeric, tokens)["predictions"]
    alone = np.concatenate([call(numeric[at : at + 1], tokens[at : at + 1])["predictions"] for at in range(64)])
    assert np.allclose(together, alone, rtol=2e-6, atol=0)
