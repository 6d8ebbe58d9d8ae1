"""One recogniser for all: order, fairness, cancellation, errors."""

import asyncio
import threading

import pytest

from voicecbt.kit.errors import ResourceExhausted
from voicecbt.transcription.recognition_queue import Priority, RecognitionQueue

pytestmark = pytest.mark.unit


@pytest.fixture
async def queue():
    queue = RecognitionQueue(capacity=5)
    running = asyncio.create_task(queue.run())
    yield queue
    running.cancel()
    await asyncio.gather(running, return_exceptions=True)


class Gate:
    """Work that holds the recogniser until it is opened."""

    def __init__(self):
        self.started, self.opened = threading.Event(), threading.Event()

    def __call__(self):
        self.started.set()
        self.opened.wait(10)
        return "held"


async def held(queue):
    gate = Gate()
    task = asyncio.create_task(queue.submit(Priority.FINAL, gate))
    await asyncio.to_thread(gate.started.wait, 10)
    return gate, task


async def submitted(queue, priority, work):
    task = asyncio.create_task(queue.submit(priority, work))
    await asyncio.sleep(0)
    return task


async def test_finals_go_before_files_and_files_before_partials(queue):
    gate, first = await held(queue)
    done = []
    tasks = [
        await submitted(queue, priority, lambda name=name: done.append(name))
        for priority, name in [
            (Priority.PARTIAL, "partial"),
            (Priority.RECORDING, "file"),
            (Priority.FINAL, "final 1"),
            (Priority.FINAL, "final 2"),
        ]
    ]
    gate.opened.set()
    await asyncio.gather(first, *tasks)
    assert done == ["final 1", "final 2", "file", "partial"]


async def test_the_result_is_the_callers(queue):
    assert await queue.submit(Priority.FINAL, lambda: 42) == 42


async def test_an_error_is_the_callers_and_the_queue_goes_on(queue):
    def broken():
        raise ValueError("bad audio")

    with pytest.raises(ValueError, match="bad audio"):
        await queue.submit(Priority.FINAL, broken)
    assert await queue.submit(Priority.FINAL, lambda: "well") == "well"


async def test_cancelled_work_is_never_done(queue):
    gate, first = await held(queue)
    done = []
    waiting = await submitted(queue, Priority.FINAL, lambda: done.append("cancelled"))
    waiting.cancel()
    await asyncio.gather(waiting, return_exceptions=True)
    gate.opened.set()
    await first
    assert await queue.submit(Priority.PARTIAL, lambda: "next") == "next"
    assert done == []


async def test_cancelling_what_runs_lets_the_next_wait_for_its_turn(queue):
    gate, first = await held(queue)
    first.cancel()
    await asyncio.gather(first, return_exceptions=True)
    assert not queue.idle
    following = await submitted(queue, Priority.FINAL, lambda: "after")
    assert not following.done()
    gate.opened.set()
    assert await following == "after"


async def test_too_many_waiting_are_refused(queue):
    gate, first = await held(queue)
    waiting = [await submitted(queue, Priority.FINAL, lambda: None) for _ in range(5)]
    with pytest.raises(ResourceExhausted):
        await queue.submit(Priority.FINAL, lambda: None)
    gate.opened.set()
    await asyncio.gather(first, *waiting)
    assert queue.idle


async def test_stopping_cancels_who_waits():
    queue = RecognitionQueue(capacity=5)
    running = asyncio.create_task(queue.run())
    gate, first = await held(queue)
    waiting = await submitted(queue, Priority.FINAL, lambda: None)
    running.cancel()
    gate.opened.set()
    results = await asyncio.gather(running, first, waiting, return_exceptions=True)
    assert all(isinstance(result, asyncio.CancelledError) for result in results)
