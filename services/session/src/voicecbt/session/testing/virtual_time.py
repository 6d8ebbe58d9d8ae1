"""An event loop whose clock jumps to the next thing that is due, so that an hour of waiting takes no time."""

import asyncio
import selectors
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import TypeVar

EPOCH = datetime(2026, 1, 1, tzinfo=UTC)

T = TypeVar("T")


class NothingWillHappen(Exception):
    """Every task waits, and no timer is set: an unbounded wait."""


class VirtualTimeLoop(asyncio.SelectorEventLoop):
    """Time passes only when every task waits. Good for about a month, where floats get coarser than asyncio expects."""

    def __init__(self) -> None:
        self.elapsed = 0.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        """Seconds since the loop was made."""
        return self.elapsed


class _JumpingSelector(selectors.SelectSelector):
    def __init__(self, loop: VirtualTimeLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise NothingWillHappen
        if not ready and timeout:
            self._loop.elapsed += timeout
        return ready


class LoopClock:
    """The Clock of the port, on the running loop's time."""

    def now(self) -> datetime:
        """The loop's time as a wall clock."""
        return EPOCH + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()


def run_virtually(main: Coroutine[object, object, T]) -> T:
    """Runs `main` to its end on virtual time. Raises NothingWillHappen where it would wait for ever."""
    with asyncio.Runner(loop_factory=VirtualTimeLoop) as runner:
        return runner.run(main)
