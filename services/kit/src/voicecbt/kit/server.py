"""Runs a gRPC service: settings, logs, traces, metrics, guards, health, reflection, and a graceful end."""

import argparse
import asyncio
import json
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from typing import TypeVar

import grpc
import structlog
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection
from opentelemetry.instrumentation.grpc import aio_server_interceptor, filters
from prometheus_client import start_http_server

from voicecbt.kit.boundary.access import AccessGuard
from voicecbt.kit.boundary.errors import ErrorsGuard
from voicecbt.kit.boundary.interceptor import BoundaryInterceptor, Guard
from voicecbt.kit.boundary.telemetry import TelemetryGuard
from voicecbt.kit.boundary.validation import ValidationGuard
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.logs import configure_logging
from voicecbt.kit.settings import ServiceSettings
from voicecbt.kit.signing_keys import RemoteSigningKeys
from voicecbt.kit.telemetry import configure_tracing
from voicecbt.kit.tokens import ServiceTokens, SigningKeys, UserTokens
from voicecbt.stubs.auth.v1 import auth_pb2_grpc

READY_CHECK_SECONDS = 2.0
CANCEL_AGAIN_SECONDS = 0.5  # Far longer than background work needs to end.

log = structlog.get_logger(__name__)
S = TypeVar("S", bound=ServiceSettings)


@dataclass(frozen=True, slots=True)
class Registration:
    """A servicer and the generated function that adds it to a server."""

    add: Callable[..., None]
    servicer: object
    # The full proto name of the service, for reflection and health: `voicecbt.journal.v1.JournalService`.
    name: str


@dataclass(frozen=True, slots=True)
class Application:
    """What a service's composition root hands to the bootstrap."""

    servicers: Sequence[Registration]
    # Run for the life of the server, and cancelled after it has drained. One that fails ends the service.
    background: Sequence[Callable[[], Awaitable[None]]] = ()
    # A real check of what the service cannot work without; drives gRPC health.
    ready: Callable[[], Awaitable[bool]] | None = None
    # Only auth sets it: it has the keys itself.
    signing_keys: SigningKeys | None = None


@dataclass(frozen=True, slots=True)
class Runtime:
    """What the bootstrap gives to a composition root."""

    name: str
    channels: ChannelFactory
    # Set when the service was told to stop: take no new long-lived work.
    draining: asyncio.Event = field(default_factory=asyncio.Event)


Compose = Callable[[S, Runtime], AbstractAsyncContextManager[Application]]


@dataclass(frozen=True, slots=True)
class RunningServer:
    """A server that is listening. `port` is the one that was bound."""

    port: int
    health: health.aio.HealthServicer
    runtime: Runtime

    @property
    def address(self) -> str:
        """host:port on loopback, for clients on this machine."""
        return f"127.0.0.1:{self.port}"


def run_service(name: str, settings_type: type[S], compose: Compose[S]) -> None:
    """The `main` of a service: runs until SIGTERM or SIGINT, then drains. `--show-settings` prints and exits."""
    parser = argparse.ArgumentParser(prog=f"voicecbt.{name}")
    parser.add_argument("--show-settings", action="store_true", help="print the settings, secrets masked, and exit")
    show = parser.parse_args().show_settings
    settings = settings_type()
    if show:
        print(json.dumps(settings.masked(), indent=2))
        return
    configure_logging(name, settings.log_level, settings.log_format)
    provider = configure_tracing(name, settings.otlp_endpoint)
    host, _, port = settings.metrics_address.rpartition(":")
    start_http_server(int(port), addr=host)
    try:
        asyncio.run(_serve_until_told(name, settings, compose))
    finally:
        provider.shutdown()


async def _serve_until_told(name: str, settings: S, compose: Compose[S]) -> None:
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with running(name, settings, compose) as server:
        log.info("listening", port=server.port)
        await stop.wait()
        log.info("draining", seconds=settings.drain_seconds)


@asynccontextmanager
async def running(
    name: str, settings: S, compose: Compose[S], signing_keys: SigningKeys | None = None
) -> AsyncIterator[RunningServer]:
    """A listening server inside the block. Leaving it drains: no new work, live work ends, then the rest is closed."""
    tokens = ServiceTokens(settings.service_secret.get_secret_value())
    runtime = Runtime(name, ChannelFactory(name, tokens, settings.max_message_bytes))
    try:
        async with compose(settings, runtime) as application:
            keys = signing_keys or application.signing_keys or _remote_keys(settings, runtime)
            users = UserTokens(keys, settings.token_issuer, settings.token_audience)
            server, port = _make_server(name, settings, application, AccessGuard(users, tokens))
            health_servicer = await _add_infrastructure(server, application)
            await server.start()
            async with _background(application, health_servicer):
                try:
                    yield RunningServer(port, health_servicer, runtime)
                finally:
                    runtime.draining.set()
                    await health_servicer.enter_graceful_shutdown()
                    await server.stop(settings.drain_seconds)
    finally:
        await runtime.channels.close()


def _remote_keys(settings: ServiceSettings, runtime: Runtime) -> SigningKeys:
    return RemoteSigningKeys(
        auth_pb2_grpc.KeyServiceStub(runtime.channels.channel(settings.auth_address)).GetSigningKeys
    )


def _make_server(
    name: str, settings: ServiceSettings, application: Application, access: AccessGuard
) -> tuple[grpc.aio.Server, int]:
    guards: list[Guard] = [TelemetryGuard(), ErrorsGuard(name), access, ValidationGuard()]
    tracing = aio_server_interceptor(filter_=filters.negate(filters.health_check()))
    server = grpc.aio.server(
        interceptors=[tracing, BoundaryInterceptor(guards)],
        maximum_concurrent_rpcs=settings.max_concurrent_rpcs,
        options=[
            ("grpc.max_receive_message_length", settings.max_message_bytes),
            ("grpc.max_send_message_length", settings.max_message_bytes),
            ("grpc.so_reuseport", 0),  # A port in use must be an error, not a silent share.
        ],
    )
    for registration in application.servicers:
        registration.add(registration.servicer, server)
    return server, server.add_insecure_port(settings.grpc_address)


async def _add_infrastructure(server: grpc.aio.Server, application: Application) -> health.aio.HealthServicer:
    servicer = health.aio.HealthServicer()
    health_pb2_grpc.add_HealthServicer_to_server(servicer, server)
    names = [registration.name for registration in application.servicers]
    for name in ["", *names]:  # Until the first check; clients that ask earlier must not be told NOT_FOUND.
        await servicer.set(name, health_pb2.HealthCheckResponse.NOT_SERVING)
    reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
    return servicer


@asynccontextmanager
async def _background(application: Application, servicer: health.aio.HealthServicer) -> AsyncIterator[None]:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_run(work)) for work in application.background]
        tasks.append(group.create_task(_report_health(application, servicer)))
        try:
            yield
        finally:
            await _cancelled(tasks)


async def _cancelled(tasks: Sequence[asyncio.Task[None]]) -> None:
    # Once is not always enough: the rollback of a query that was cancelled can fail with an error of its own, which
    # takes the place of the cancellation, and which whoever runs for ever takes for a store that is away.
    while pending := [task for task in tasks if not task.done()]:
        for task in pending:
            task.cancel()
        await asyncio.wait(pending, timeout=CANCEL_AGAIN_SECONDS)


async def _run(work: Callable[[], Awaitable[None]]) -> None:
    await work()


async def _report_health(application: Application, servicer: health.aio.HealthServicer) -> None:
    while True:
        serving = application.ready is None or await _ready(application.ready)
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in ["", *(registration.name for registration in application.servicers)]:
            await servicer.set(name, status)
        await asyncio.sleep(READY_CHECK_SECONDS)


async def _ready(check: Callable[[], Awaitable[bool]]) -> bool:
    try:
        async with asyncio.timeout(READY_CHECK_SECONDS * 2):
            return await check()
    except Exception as error:  # noqa: BLE001 - whatever it is, the service is not ready.
        log.warning("not ready", error_type=type(error).__name__)
        return False
