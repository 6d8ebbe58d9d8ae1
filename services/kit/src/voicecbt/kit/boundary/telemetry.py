"""Measures every RPC and remembers its deadline, so that calls made on its behalf end in time too."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from contextvars import ContextVar

from google.protobuf.message import Message

from voicecbt.kit import metrics
from voicecbt.kit.boundary.interceptor import Call

_deadline: ContextVar[float | None] = ContextVar("voicecbt_deadline", default=None)


def seconds_left() -> float | None:
    """Until the deadline of the RPC being served, in seconds; None outside any or when it has none."""
    deadline = _deadline.get()
    return None if deadline is None else max(0.0, deadline - time.monotonic())


class TelemetryGuard:
    """Outermost: response time by method, and the deadline."""

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Observes `voice_cbt_response_time_seconds` with the method's path as endpoint."""
        started = time.monotonic()
        remaining = call.context.time_remaining()
        before = _deadline.get()
        _deadline.set(None if remaining is None else started + remaining)
        try:
            yield
        finally:
            _deadline.set(before)  # Not `reset`, for the reason in `callers.acting_as`.
            metrics.response_time_seconds.labels(endpoint=call.method).observe(time.monotonic() - started)

    def inspect(self, request: Message) -> None:
        """Nothing to see in requests."""
