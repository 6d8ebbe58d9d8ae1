"""Ready means that something was really spoken not long ago."""

import time
from collections.abc import Awaitable, Callable

PROBE_EVERY_SECONDS = 30.0  # a probe costs a few milliseconds; a model that died is noticed soon


class Readiness:
    """Runs `probe` when the last success is too old."""

    def __init__(self, probe: Callable[[], Awaitable[None]], clock: Callable[[], float] = time.monotonic) -> None:
        self._probe = probe
        self._clock = clock
        self._worked_at: float | None = None

    async def check(self) -> bool:
        """True when the model works. Raises what the probe raises."""
        if self._worked_at is None or self._clock() - self._worked_at >= PROBE_EVERY_SECONDS:
            await self._probe()
            self._worked_at = self._clock()
        return True
