"""Follows the turns that pass through: names the edge in each one's trace, and knows when none is in flight."""

import asyncio
from types import TracebackType

from opentelemetry import trace
from opentelemetry.trace import Span, SpanKind

from voicecbt.kit.telemetry import context_of
from voicecbt.stubs.session.v1 import session_pb2

SPAN_NAME = "edge.turn"

_tracer = trace.get_tracer("voicecbt.edge")


class Turns:
    """The turns in flight of one conversation. As a context manager, ends the spans that are left."""

    def __init__(self) -> None:
        self._spans: dict[str, Span | None] = {}
        # Set while no turn is in flight: the moment to close without losing anything that is being said.
        self.idle = asyncio.Event()
        self.idle.set()

    def follow(self, response: session_pb2.ConverseResponse) -> None:
        """Looks at a message to the client; nothing of what was said gets into the span."""
        event = response.WhichOneof("event")
        if event == "turn_started":
            self._start(response.turn_id, response.turn_started.traceparent)
        elif event in ("turn_completed", "turn_failed"):
            self._end(response.turn_id, event)

    def _start(self, turn_id: str, traceparent: str) -> None:
        if turn_id in self._spans:
            return
        span = None
        if traceparent:
            span = _tracer.start_span(SPAN_NAME, context_of(traceparent), SpanKind.SERVER)
        self._spans[turn_id] = span
        self.idle.clear()

    def _end(self, turn_id: str, outcome: str) -> None:
        span = self._spans.pop(turn_id, None)
        if span is not None:
            span.set_attribute("voicecbt.outcome", outcome)
            span.end()
        if not self._spans:
            self.idle.set()

    def __enter__(self) -> "Turns":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for turn_id in list(self._spans):
            self._end(turn_id, "disconnected")
