"""A real OTLP receiver for tests: keeps the spans that services export, and answers questions about them."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass

import grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

POLL_SECONDS = 0.1


@dataclass(frozen=True, slots=True)
class Span:
    """One exported span; `service` is the `service.name` of the process that made it, ids are lower-case hex."""

    service: str
    name: str
    trace_id: str
    span_id: str
    parent_id: str
    attributes: str


class TraceCollector(trace_service_pb2_grpc.TraceServiceServicer):
    """Receives spans over OTLP/gRPC at `address`."""

    def __init__(self) -> None:
        self.address = ""
        self._spans: list[Span] = []
        self._lock = threading.Lock()

    def Export(  # noqa: N802 - the name of the RPC
        self, request: trace_service_pb2.ExportTraceServiceRequest, context: grpc.ServicerContext
    ) -> trace_service_pb2.ExportTraceServiceResponse:
        """Keeps the spans."""
        with self._lock:
            self._spans.extend(_spans(request))
        return trace_service_pb2.ExportTraceServiceResponse()

    def spans(self, trace_id: str = "") -> Sequence[Span]:
        """All spans so far, or those of one trace."""
        with self._lock:
            return [span for span in self._spans if trace_id in ("", span.trace_id)]

    def wait_for(
        self, trace_id: str, enough: Callable[[Sequence[Span]], bool], timeout_seconds: float
    ) -> Sequence[Span]:
        """The spans of a trace once `enough` of them are there, or what there is when the time is over."""
        deadline = time.monotonic() + timeout_seconds
        while not enough(self.spans(trace_id)) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        return self.spans(trace_id)


@contextmanager
def trace_collector() -> Iterator[TraceCollector]:
    """A collector that listens on loopback inside the block."""
    collector = TraceCollector()
    server = grpc.server(ThreadPoolExecutor(max_workers=4))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    collector.address = f"127.0.0.1:{server.add_insecure_port('127.0.0.1:0')}"
    server.start()
    try:
        yield collector
    finally:
        server.stop(grace=None)


def _spans(request: trace_service_pb2.ExportTraceServiceRequest) -> Iterator[Span]:
    for resource in request.resource_spans:
        attributes = {each.key: each.value.string_value for each in resource.resource.attributes}
        for span in (span for scope in resource.scope_spans for span in scope.spans):
            yield Span(
                service=attributes.get("service.name", ""),
                name=span.name,
                trace_id=span.trace_id.hex(),
                span_id=span.span_id.hex(),
                parent_id=span.parent_span_id.hex(),
                attributes=str(span.attributes),
            )
