"""The gRPC services behind the edge."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass
from typing import Annotated, Protocol, cast

from fastapi import Depends, Request
from grpc_health.v1 import health_pb2, health_pb2_grpc
from starlette.requests import HTTPConnection

from voicecbt.edge.settings import Settings
from voicecbt.kit.channels import ChannelFactory
from voicecbt.stubs.auth.v1 import auth_pb2_grpc
from voicecbt.stubs.insights.v1 import insights_pb2_grpc
from voicecbt.stubs.journal.v1 import journal_pb2_grpc
from voicecbt.stubs.session.v1 import session_pb2_grpc
from voicecbt.stubs.synthesis.v1 import synthesis_pb2_grpc
from voicecbt.stubs.transcription.v1 import transcription_pb2_grpc


class HealthClient(Protocol):
    """`grpc.health.v1.Health`, whose package has no types for its asynchronous stub."""

    def Check(  # noqa: N802 - the name of the RPC
        self, request: health_pb2.HealthCheckRequest, *, timeout: float
    ) -> Awaitable[health_pb2.HealthCheckResponse]:
        """The state of the whole server when no service is named."""


@dataclass(frozen=True, slots=True)
class Backends:
    """A client of each service that the edge calls."""

    auth: "auth_pb2_grpc.AuthServiceAsyncStub"
    keys: "auth_pb2_grpc.KeyServiceAsyncStub"
    session: "session_pb2_grpc.SessionServiceAsyncStub"
    journal: "journal_pb2_grpc.JournalServiceAsyncStub"
    insights: "insights_pb2_grpc.InsightsServiceAsyncStub"
    transcription: "transcription_pb2_grpc.TranscriptionServiceAsyncStub"
    synthesis: "synthesis_pb2_grpc.SynthesisServiceAsyncStub"
    # Every service of the platform by name.
    health: Mapping[str, HealthClient]


def connect(settings: Settings, channels: ChannelFactory) -> Backends:
    """Clients over shared channels, which connect at the first call."""
    return Backends(
        auth=auth_pb2_grpc.AuthServiceStub(channels.channel(settings.auth_address)),
        keys=auth_pb2_grpc.KeyServiceStub(channels.channel(settings.auth_address)),
        session=session_pb2_grpc.SessionServiceStub(channels.channel(settings.session_address)),
        journal=journal_pb2_grpc.JournalServiceStub(channels.channel(settings.journal_address)),
        insights=insights_pb2_grpc.InsightsServiceStub(channels.channel(settings.insights_address)),
        transcription=transcription_pb2_grpc.TranscriptionServiceStub(channels.channel(settings.transcription_address)),
        synthesis=synthesis_pb2_grpc.SynthesisServiceStub(channels.channel(settings.synthesis_address)),
        health={
            name: cast("HealthClient", health_pb2_grpc.HealthStub(channels.channel(address)))
            for name, address in settings.service_addresses().items()
        },
    )


def backends_of(connection: HTTPConnection) -> Backends:
    """The clients that the application was composed with."""
    backends: Backends = connection.app.state.backends
    return backends


async def _services(request: Request) -> Backends:
    return backends_of(request)


Services = Annotated[Backends, Depends(_services)]
