"""Notifications of changed jobs: to every subscriber of that job, from any thread, and none is lost between two waits."""

from __future__ import annotations

import asyncio
import threading
import time

from chassis.jobs.notifications import JobNotifications, Subscription

LONG = 60.0


def test_a_notification_from_a_thread_wakes_its_jobs_subscribers_only() -> None:
    async def run() -> None:
        notifications = JobNotifications()
        with (
            notifications.subscribe("a") as one,
            notifications.subscribe("a") as two,
            notifications.subscribe("b") as other,
        ):
            waiting = asyncio.gather(one.wait(LONG), two.wait(LONG))
            apart = asyncio.create_task(other.wait(LONG))
            await asyncio.sleep(0)
            thread = threading.Thread(target=notifications.notify, args=("a",))
            thread.start()
            await waiting
            thread.join()
            assert not apart.done()
            apart.cancel()

    asyncio.run(run())


def test_a_notification_before_the_wait_is_remembered_once() -> None:
    async def run() -> None:
        notifications = JobNotifications()
        with notifications.subscribe("a") as subscription:
            notifications.notify("a")
            notifications.notify("a")
            await subscription.wait(LONG)
            again = asyncio.create_task(subscription.wait(LONG))
            await asyncio.sleep(0.01)
            assert not again.done(), "two notifications before the wait are one"
            notifications.notify("a")
            await again

    asyncio.run(run())


def test_a_wait_ends_without_a_notification() -> None:
    async def run() -> None:
        with JobNotifications().subscribe("a") as subscription:
            began = time.monotonic()
            async with asyncio.timeout(LONG):
                await subscription.wait(0.05)
            assert time.monotonic() - began > 0.04, "it lasts as long as requested"

    asyncio.run(run())


def test_closing_wakes_everyone_and_is_seen_by_those_who_wake() -> None:
    async def run() -> None:
        notifications = JobNotifications()
        with notifications.subscribe("a") as one, notifications.subscribe("b") as two:
            notifications.close()
            await asyncio.gather(one.wait(LONG), two.wait(LONG))
            assert notifications.closed

    asyncio.run(run())


def test_a_job_without_subscribers_is_forgotten() -> None:
    async def run() -> None:
        notifications = JobNotifications()
        with notifications.subscribe("a"):
            with notifications.subscribe("a"):
                pass
            assert list(notifications._subscriptions) == ["a"]
        assert notifications._subscriptions == {}
        notifications.notify("a")

    asyncio.run(run())


def test_a_subscriber_whose_loop_has_closed_is_no_error() -> None:
    async def subscribed() -> Subscription:
        return Subscription()

    asyncio.run(subscribed()).notify()
