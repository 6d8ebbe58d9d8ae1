"""A running auth service on real stores, and clients for it."""

import base64
import os
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial

import grpc
import pytest

from voicecbt.auth.__main__ import compose
from voicecbt.auth.clock import utc_now
from voicecbt.auth.domain import Role
from voicecbt.auth.grant import grant
from voicecbt.auth.settings import Settings
from voicecbt.kit.database import Database
from voicecbt.kit.migrate import upgrade
from voicecbt.kit.server import running
from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc

PASSWORD = "correct horse battery staple"
Metadata = tuple[tuple[str, str], ...]


class ShiftedClock:
    """The real time plus an offset that a test sets."""

    def __init__(self) -> None:
        self.offset = timedelta()

    def __call__(self) -> datetime:
        return utc_now() + self.offset


@dataclass(frozen=True)
class Person:
    """Somebody registered: what they typed and what they got."""

    email: str
    password: str
    profile: auth_pb2.Profile
    tokens: auth_pb2.Tokens

    @property
    def metadata(self) -> Metadata:
        return bearer(self.tokens.access_token)


@dataclass(frozen=True)
class AuthClient:
    """Stubs for one running auth service, and its database to look behind it."""

    accounts: "auth_pb2_grpc.AuthServiceAsyncStub"
    keys: "auth_pb2_grpc.KeyServiceAsyncStub"
    consents: "auth_pb2_grpc.ConsentServiceAsyncStub"
    audit: "auth_pb2_grpc.AuditServiceAsyncStub"
    database: Database

    @staticmethod
    def as_service(name: str = "session", acting_for: str = "") -> Metadata:
        return (("voicecbt-service-token", ServiceTokens(SERVICE_SECRET).issue(name, acting_for)),)

    async def register(self, email: str = "", password: str = PASSWORD, **more: str) -> Person:
        email = email or f"{uuid.uuid4().hex}@example.org"
        request = auth_pb2.RegisterRequest(email=email, password=password, **more)
        response = await self.accounts.Register(request)
        return Person(email, password, response.profile, response.tokens)

    async def sign_in(self, email: str, password: str = PASSWORD, **metadata: str) -> auth_pb2.SignInResponse:
        request = auth_pb2.SignInRequest(email=email, password=password)
        return await self.accounts.SignIn(request, metadata=tuple(metadata.items()))

    async def refresh(self, refresh_token: str) -> auth_pb2.Tokens:
        response = await self.accounts.Refresh(auth_pb2.RefreshRequest(refresh_token=refresh_token))
        return response.tokens

    async def profile(self, metadata: Metadata) -> auth_pb2.Profile:
        return (await self.accounts.GetProfile(auth_pb2.GetProfileRequest(), metadata=metadata)).profile

    async def data_key(self, user_id: str) -> bytes:
        request = auth_pb2.GetDataKeyRequest(user_id=user_id)
        return (await self.keys.GetDataKey(request, metadata=self.as_service())).key

    async def someone_with(self, role: Role) -> Person:
        person = await self.register()
        await grant(self.database, person.email, role, utc_now)
        signed_in = await self.sign_in(person.email)
        return Person(person.email, person.password, signed_in.profile, signed_in.tokens)

    async def audit_events(self) -> auth_pb2.ListAuditEventsResponse:
        operator = await self.someone_with(Role.OPERATOR)
        request = auth_pb2.ListAuditEventsRequest(page_size=500)
        return await self.audit.ListAuditEvents(request, metadata=operator.metadata)


def bearer(token: str) -> Metadata:
    """Metadata that carries an access token."""
    return (("authorization", f"Bearer {token}"),)


@asynccontextmanager
async def serving(settings: Settings, clock: ShiftedClock) -> AsyncIterator[AuthClient]:
    """A running service and a client of it."""
    database = Database.connect(settings, "auth-test")
    try:
        async with (
            running("auth", settings, partial(compose, clock=clock)) as server,
            grpc.aio.insecure_channel(server.address) as channel,
        ):
            yield AuthClient(
                auth_pb2_grpc.AuthServiceStub(channel),
                auth_pb2_grpc.KeyServiceStub(channel),
                auth_pb2_grpc.ConsentServiceStub(channel),
                auth_pb2_grpc.AuditServiceStub(channel),
                database,
            )
    finally:
        await database.close()


Serve = Callable[[Settings, ShiftedClock], AbstractAsyncContextManager[AuthClient]]


@pytest.fixture
def clock() -> ShiftedClock:
    return ShiftedClock()


@pytest.fixture(scope="module")
def key_encryption_key() -> str:
    return base64.b64encode(os.urandom(32)).decode()


@pytest.fixture(scope="module")
def auth_database_url(postgres_url: str) -> str:
    """A database of this module's own, with the schema in it."""
    upgrade("auth", postgres_url)
    return postgres_url


@pytest.fixture
def settings(auth_database_url: str, redis_url: str, key_encryption_key: str) -> Settings:
    return Settings(
        database_url=auth_database_url,
        redis_url=redis_url,
        service_secret=SERVICE_SECRET,
        key_encryption_key=key_encryption_key,
        drain_seconds=1,
    )


@pytest.fixture
def serve() -> Serve:
    """Starts a service; for tests that run several, or with other settings."""
    return serving


@pytest.fixture
async def auth(settings: Settings, clock: ShiftedClock) -> AsyncIterator[AuthClient]:
    async with serving(settings, clock) as client:
        yield client


@pytest.fixture
async def database(settings: Settings) -> AsyncIterator[Database]:
    connected = Database.connect(settings, "auth-test")
    yield connected
    await connected.close()
