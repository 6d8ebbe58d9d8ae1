"""Blocking work in a few threads, with a bound on how much may wait for them."""

import asyncio
import contextvars
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from types import TracebackType
from typing import ParamSpec, Self, TypeVar

from voicecbt.kit.errors import ResourceExhausted

P = ParamSpec("P")
T = TypeVar("T")
# One utterance takes well under this.
RETRY_AFTER = timedelta(milliseconds=250)


class Workers:
    """A thread pool that refuses work beyond what it runs and what may wait. Closing waits for what runs."""

    def __init__(self, threads: int, waiting: int) -> None:
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="emotion")
        self._places = threading.BoundedSemaphore(threads + waiting)

    async def run(self, work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
        """The result of `work`. Raises ResourceExhausted at once when too much is waiting.

        A cancelled caller gives up waiting; work that has not begun is then dropped.
        """
        if not self._places.acquire(blocking=False):
            raise ResourceExhausted("too many utterances are waiting", RETRY_AFTER)
        context = contextvars.copy_context()
        future = self._pool.submit(lambda: context.run(work, *args, **kwargs))
        # Freed when the work is over, not when the caller is: a cancelled caller's work still holds its thread.
        future.add_done_callback(lambda _: self._places.release())
        return await asyncio.wrap_future(future)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(wait=True, cancel_futures=True)
