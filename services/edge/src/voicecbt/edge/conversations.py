"""The conversations that are open in this process, and how they come to an end when it is told to stop."""

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager


class Conversations:
    """Counts open conversations. After `drain` no new one is taken, and each leaves once its turn is over."""

    def __init__(self) -> None:
        self.draining = asyncio.Event()
        self._open = 0
        self._none_open = asyncio.Event()
        self._none_open.set()

    @contextmanager
    def one(self) -> Iterator[None]:
        """Around one conversation."""
        self._open += 1
        self._none_open.clear()
        try:
            yield
        finally:
            self._open -= 1
            if not self._open:
                self._none_open.set()

    async def drain(self, seconds: float) -> bool:
        """Asks all to leave, and waits for them; False when some are left after `seconds`."""
        self.draining.set()
        try:
            async with asyncio.timeout(seconds):
                await self._none_open.wait()
        except TimeoutError:
            return False
        return True
