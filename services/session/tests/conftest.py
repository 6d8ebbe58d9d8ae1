"""A running session service on real PostgreSQL and Redis, with all other services as fakes on real sockets."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager
from functools import partial

import pytest
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from voicecbt.kit.migrate import upgrade
from voicecbt.kit.telemetry import configure_tracing
from voicecbt.kit.testing.keys import TokenMint
from voicecbt.session.testing.service import SessionService, session_service

Replicas = Callable[[], AbstractAsyncContextManager[SessionService]]


@pytest.fixture(scope="session")
def tracing() -> None:
    """Spans are made, and go nowhere."""
    if not isinstance(trace.get_tracer_provider(), TracerProvider):
        configure_tracing("session", "")


@pytest.fixture
def spans(tracing: None) -> Iterator[InMemorySpanExporter]:
    """Every span that ended since."""
    provider, exporter = trace.get_tracer_provider(), InMemorySpanExporter()
    assert isinstance(provider, TracerProvider)
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    yield exporter
    exporter.shutdown()


@pytest.fixture(scope="module")
def session_database(postgres_url: str) -> str:
    """A database with the schema in it."""
    upgrade("session", postgres_url)
    return postgres_url


@pytest.fixture
def replicas(session_database: str, redis_url: str, token_mint: TokenMint, tracing: None) -> Replicas:
    """Starts a further replica of the service on the same stores."""
    return partial(session_service, session_database, redis_url, token_mint)


@pytest.fixture
async def service(replicas: Replicas) -> AsyncIterator[SessionService]:
    """One replica."""
    async with replicas() as started:
        yield started
