"""Profiles, by the auth service."""

from uuid import UUID

import grpc

from voicecbt.session.adapters.failures import calling
from voicecbt.session.ports import PortFailed
from voicecbt.session.profile import Profile
from voicecbt.session.turn.budgets import Budgets
from voicecbt.stubs.auth.v1 import auth_pb2
from voicecbt.stubs.auth.v1.auth_pb2_grpc import AuthServiceStub


class GrpcProfiles:
    """`GetProfile`, which answers for the person in the call's service token."""

    def __init__(self, channel: grpc.aio.Channel, budgets: Budgets) -> None:
        self._stub = AuthServiceStub(channel)
        self._timeout = budgets.profile

    async def profile_of(self, user_id: UUID) -> Profile:
        """See Profiles. Names, birthday and address are dropped here."""
        with calling("auth"):
            response = await self._stub.GetProfile(auth_pb2.GetProfileRequest(), timeout=self._timeout)
        if response.profile.user_id != str(user_id):
            raise PortFailed("auth", "SOMEBODY_ELSE")
        return _profile(response.profile)


def _profile(message: auth_pb2.Profile) -> Profile:
    preferences = message.preferences
    return Profile(
        country=message.country,
        language=preferences.language,
        patience=preferences.patience,
        emotion_off=preferences.emotion_off,
        voice=preferences.voice,
    )
