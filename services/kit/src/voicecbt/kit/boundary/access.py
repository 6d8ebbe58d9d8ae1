"""Authentication and authorisation: who calls, and whether the method's `access` option lets them. Deny by default."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import lru_cache

from google.protobuf import descriptor_pool
from google.protobuf.message import Message

from voicecbt.kit.boundary.interceptor import Call
from voicecbt.kit.callers import ANONYMOUS, Caller, acting_as
from voicecbt.kit.errors import PermissionDenied, Unauthenticated
from voicecbt.kit.tokens import ServiceTokens, UserTokens
from voicecbt.stubs.options.v1 import options_pb2

SERVICE_TOKEN_KEY = "voicecbt-service-token"  # noqa: S105 - a metadata key, not a secret
INFRASTRUCTURE = ("/grpc.health.v1.Health/", "/grpc.reflection.")  # Carry no data of ours and have no options.


@lru_cache(maxsize=512)
def access_of(method: str) -> options_pb2.Access:
    """The `access` option of a method path; an empty one, which lets nobody in, when there is none."""
    service, _, name = method.lstrip("/").partition("/")
    try:
        descriptor = descriptor_pool.Default().FindServiceByName(service).methods_by_name[name]
    except KeyError:
        return options_pb2.Access()
    return descriptor.GetOptions().Extensions[options_pb2.access]


class AccessGuard:
    """Verifies the caller's token and compares the roles with those that the method asks for."""

    def __init__(self, users: UserTokens, services: ServiceTokens) -> None:
        self._users = users
        self._services = services

    @asynccontextmanager
    async def around(self, call: Call) -> AsyncIterator[None]:
        """Refuses with UNAUTHENTICATED or PERMISSION_DENIED; else the caller is the current one inside."""
        if call.method.startswith(INFRASTRUCTURE):
            yield
            return
        access = access_of(call.method)
        caller = ANONYMOUS if access.public and "authorization" not in call.metadata else await self._caller(call)
        if not access.public:
            _authorise(caller, access)
        with acting_as(caller):
            yield

    def inspect(self, request: Message) -> None:
        """Nothing to see in requests."""

    async def _caller(self, call: Call) -> Caller:
        if token := call.metadata.get(SERVICE_TOKEN_KEY):
            return self._services.verify(token)
        scheme, _, token = call.metadata.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and token:
            if access_of(call.method).public:  # A stale token must not keep anybody from signing in.
                return ANONYMOUS
            return await self._users.verify(token)
        return ANONYMOUS


def _authorise(caller: Caller, access: options_pb2.Access) -> None:
    if caller.anonymous:
        raise Unauthenticated("TOKEN_MISSING", "sign in first: this needs an access token")
    if caller.roles.isdisjoint(access.roles):
        raise PermissionDenied("this account may not do that")
    if caller.service and access.services and caller.service not in access.services:
        raise PermissionDenied(f"the service {caller.service} may not do that")
