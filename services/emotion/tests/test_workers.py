"""Threads with a bound."""

import asyncio
import threading

import pytest

from voicecbt.emotion.workers import Workers
from voicecbt.kit.callers import Caller, acting_as, current_caller
from voicecbt.kit.errors import ResourceExhausted

pytestmark = pytest.mark.unit


async def test_the_result_and_the_error_come_back():
    with Workers(1, 0) as workers:
        assert await workers.run(divmod, 7, 3) == (2, 1)
        with pytest.raises(ZeroDivisionError):
            await workers.run(divmod, 7, 0)
        assert await workers.run(divmod, 7, 7) == (1, 0)


async def test_the_caller_is_known_in_the_thread():
    with Workers(1, 0) as workers, acting_as(Caller(service="session")):
        assert (await workers.run(current_caller)).service == "session"


async def test_more_than_may_wait_is_refused_at_once_and_later_taken():
    release = threading.Event()
    with Workers(threads=1, waiting=1) as workers:
        try:
            taken = [asyncio.ensure_future(workers.run(release.wait)) for _ in range(2)]
            await asyncio.sleep(0)
            with pytest.raises(ResourceExhausted):
                await workers.run(release.wait)
        finally:
            release.set()
        await asyncio.gather(*taken)
        assert await workers.run(divmod, 1, 1) == (1, 0)


async def test_a_cancelled_caller_frees_its_place_and_its_work_never_starts():
    release, started = threading.Event(), threading.Event()
    with Workers(threads=1, waiting=1) as workers:
        try:
            running = asyncio.ensure_future(workers.run(release.wait))
            waiting = asyncio.ensure_future(workers.run(started.set))
            await asyncio.sleep(0)
            waiting.cancel()
            await asyncio.wait([waiting])
            taken = asyncio.ensure_future(workers.run(divmod, 1, 1))
            await asyncio.sleep(0)
        finally:
            release.set()
        assert await taken == (1, 0)
        await running
    assert not started.is_set()
