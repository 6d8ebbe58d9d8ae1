"""gRPC to use cases and back, for accounts and tokens."""
# ruff: noqa: N802 - methods are named as the RPCs are

from collections.abc import Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.message import Message

from voicecbt.auth.converters import masked, profile_change, profile_message, tokens_message
from voicecbt.auth.erasure import Erasure
from voicecbt.auth.peers import Network, origin
from voicecbt.auth.profiles import Profiles
from voicecbt.auth.refreshing import Refreshing
from voicecbt.auth.registration import Applicant, Registration
from voicecbt.auth.sign_in import SignIn
from voicecbt.kit.callers import current_person
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc

Context = grpc.aio.ServicerContext[Message, Message]


@dataclass(frozen=True, slots=True)
class AuthServicer(auth_pb2_grpc.AuthServiceServicer):
    """voicecbt.auth.v1.AuthService."""

    registration: Registration
    sign_in: SignIn
    refreshing: Refreshing
    profiles: Profiles
    erasure: Erasure
    trusted_proxies: Sequence[Network]

    async def Register(self, request: auth_pb2.RegisterRequest, context: Context) -> auth_pb2.RegisterResponse:
        """Creates an account and signs it in."""
        applicant = Applicant(
            email=request.email,
            password=request.password,
            username=request.username,
            timezone=request.timezone,
            country=request.country,
        )
        done = await self.registration.register(applicant, self._origin(context))
        return auth_pb2.RegisterResponse(profile=profile_message(done.profile), tokens=tokens_message(done.tokens))

    async def SignIn(self, request: auth_pb2.SignInRequest, context: Context) -> auth_pb2.SignInResponse:
        """Checks email and password."""
        done = await self.sign_in.sign_in(request.email, request.password, self._origin(context))
        return auth_pb2.SignInResponse(profile=profile_message(done.profile), tokens=tokens_message(done.tokens))

    async def Refresh(self, request: auth_pb2.RefreshRequest, context: Context) -> auth_pb2.RefreshResponse:
        """Exchanges a refresh token."""
        return auth_pb2.RefreshResponse(tokens=tokens_message(await self.refreshing.refresh(request.refresh_token)))

    async def SignOut(self, request: auth_pb2.SignOutRequest, context: Context) -> auth_pb2.SignOutResponse:
        """Ends a sign-in."""
        await self.refreshing.sign_out(request.refresh_token)
        return auth_pb2.SignOutResponse()

    async def GetProfile(self, request: auth_pb2.GetProfileRequest, context: Context) -> auth_pb2.GetProfileResponse:
        """The caller's profile."""
        return auth_pb2.GetProfileResponse(profile=profile_message(await self.profiles.of(current_person())))

    async def UpdateProfile(
        self, request: auth_pb2.UpdateProfileRequest, context: Context
    ) -> auth_pb2.UpdateProfileResponse:
        """Changes the caller's profile."""
        current = profile_message(await self.profiles.of(current_person()))
        profile = await self.profiles.change(current_person(), profile_change(masked(request, current)))
        return auth_pb2.UpdateProfileResponse(profile=profile_message(profile))

    async def EraseAccount(
        self, request: auth_pb2.EraseAccountRequest, context: Context
    ) -> auth_pb2.EraseAccountResponse:
        """Erases the caller."""
        await self.erasure.erase(current_person(), request.password, self._origin(context))
        return auth_pb2.EraseAccountResponse()

    def _origin(self, context: Context) -> str:
        metadata = dict(context.invocation_metadata() or ())
        return origin(context.peer(), str(metadata.get("x-forwarded-for", "")), self.trusted_proxies)
