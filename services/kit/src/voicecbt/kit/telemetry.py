"""OpenTelemetry: one tracer provider a process, exported over OTLP when a collector is configured."""

from opentelemetry import trace
from opentelemetry.context import Context
from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import SERVICE_NAME, Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

EXPORT_DELAY_MS = 1000  # Spans are seen within a second or so; the default of 5 s makes local tracing feel broken.

_propagator = TraceContextTextMapPropagator()


def configure_tracing(service: str, otlp_endpoint: str) -> TracerProvider:
    """Makes the process's tracer provider. Without an endpoint (host:port) spans are made but go nowhere."""
    provider = TracerProvider(resource=Resource.create({SERVICE_NAME: f"voicecbt-{service}"}))
    if otlp_endpoint:
        exporter = OTLPSpanExporter(endpoint=otlp_endpoint, insecure=True)
        provider.add_span_processor(BatchSpanProcessor(exporter, schedule_delay_millis=EXPORT_DELAY_MS))
    trace.set_tracer_provider(provider)
    return provider


def current_traceparent() -> str:
    """The W3C trace context of the current span, or an empty string outside any."""
    carrier: dict[str, str] = {}
    _propagator.inject(carrier)
    return carrier.get("traceparent", "")


def context_of(traceparent: str) -> Context:
    """The trace context to start a span in, from a W3C traceparent; a fresh one when it is empty or malformed."""
    return _propagator.extract({"traceparent": traceparent})
