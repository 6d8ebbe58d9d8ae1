"""Shares one recogniser among all streams: what a person waits for first, in order of arrival otherwise."""

import asyncio
import heapq
import itertools
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from enum import IntEnum
from typing import Generic, Protocol, TypeVar

from voicecbt.kit.errors import ResourceExhausted

R = TypeVar("R")


class Priority(IntEnum):
    """Smaller goes first."""

    FINAL = 0  # a person has stopped speaking and waits
    RECORDING = 1  # a file: minutes are expected
    PARTIAL = 2  # nice to have
    PROBE = 3  # the readiness check


class _Job(Generic[R]):
    """Work and where its result goes."""

    def __init__(self, work: Callable[[], R], result: asyncio.Future[R]) -> None:
        self._work = work
        self.result = result

    async def run(self, executor: ThreadPoolExecutor) -> None:
        """Run the work in a thread; its outcome, good or bad, is the caller's."""
        try:
            outcome = await asyncio.get_running_loop().run_in_executor(executor, self._work)
        except asyncio.CancelledError:
            self.drop()
            raise
        except Exception as error:  # noqa: BLE001 - handed to whoever waits for it.
            if not self.result.done():
                self.result.set_exception(error)
        else:
            if not self.result.done():
                self.result.set_result(outcome)

    def drop(self) -> None:
        """The work will not be done."""
        self.result.cancel()


class _Runnable(Protocol):
    """A job whose kind of result does not matter."""

    async def run(self, executor: ThreadPoolExecutor) -> None: ...

    def drop(self) -> None: ...


class RecognitionQueue:
    """Runs blocking work one at a time in a thread. `run` must be running."""

    def __init__(self, capacity: int) -> None:
        self._capacity = capacity
        self._waiting: list[tuple[Priority, int, _Runnable]] = []
        self._numbers = itertools.count()
        self._arrived = asyncio.Event()
        self._busy = False
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recognition")

    @property
    def idle(self) -> bool:
        """Whether nothing runs and nobody waits."""
        return not self._busy and not self._waiting

    async def submit(self, priority: Priority, work: Callable[[], R]) -> R:
        """Run `work` when its turn comes; cancelling takes it out of the queue, or drops its result.

        Raises ResourceExhausted when too many wait, and what `work` raises.
        """
        if len(self._waiting) >= self._capacity:
            raise ResourceExhausted("too many recordings are waiting to be transcribed", timedelta(seconds=2))
        job: _Job[R] = _Job(work, asyncio.get_running_loop().create_future())
        entry = (priority, next(self._numbers), job)
        heapq.heappush(self._waiting, entry)
        self._arrived.set()
        try:
            return await job.result
        except asyncio.CancelledError:
            self._forget(entry)
            raise

    async def run(self) -> None:
        """Serve the queue until cancelled."""
        try:
            while True:
                await self._arrived.wait()
                self._arrived.clear()
                while self._waiting:
                    await self._run_next()
        finally:
            for _, _, job in self._waiting:
                job.drop()
            self._executor.shutdown(wait=False, cancel_futures=True)

    async def _run_next(self) -> None:
        job = heapq.heappop(self._waiting)[2]
        self._busy = True
        try:
            await job.run(self._executor)
        finally:
            self._busy = False

    def _forget(self, entry: tuple[Priority, int, "_Runnable"]) -> None:
        remaining = [waiting for waiting in self._waiting if waiting[1] != entry[1]]
        if len(remaining) < len(self._waiting):
            self._waiting[:] = remaining
            heapq.heapify(self._waiting)
