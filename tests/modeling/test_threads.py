from __future__ import annotations

import asyncio
import threading

import pytest

from contracts.errors import InvalidRequest, Overloaded
from modeling.threads import Threads


def fail() -> None:
    raise InvalidRequest("no")


def test_results_and_errors_come_back() -> None:
    async def main() -> None:
        threads = Threads(2, 10, "test")
        assert await asyncio.gather(*(threads.run(lambda at=at: at * 2) for at in range(12))) == [
            at * 2 for at in range(12)
        ]
        with pytest.raises(InvalidRequest, match="no"):
            await threads.run(fail)
        assert await threads.run(threading.current_thread) is not threading.current_thread()
        threads.close()

    asyncio.run(main())


def test_past_the_limit_work_is_turned_away_and_room_is_made_again() -> None:
    async def main() -> None:
        threads = Threads(1, 1, "test")
        go = threading.Event()
        waiting = [asyncio.ensure_future(threads.run(go.wait)) for _ in range(2)]
        await asyncio.sleep(0)
        with pytest.raises(Overloaded):
            await threads.run(go.wait)
        waiting[0].cancel()
        go.set()
        assert await waiting[1]
        assert await threads.run(lambda: 1) == 1
        threads.close()

    asyncio.run(main())
