"""gRPC in front of the questions that insights answers."""
# ruff: noqa: N802 - methods are named as the RPCs are

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import grpc
from google.protobuf.message import Message

from voicecbt.insights.periods import Period, UnknownTimezone, period
from voicecbt.insights.pseudonyms import Pseudonyms
from voicecbt.insights.repository import InsightsRepository
from voicecbt.kit.callers import current_caller
from voicecbt.kit.errors import InvalidArgument, Unauthenticated
from voicecbt.stubs.insights.v1 import insights_pb2, insights_pb2_grpc

if TYPE_CHECKING:  # grpc's own class cannot be subscripted when the program runs.
    Context: TypeAlias = grpc.aio.ServicerContext[Message, Message]
else:
    Context = grpc.aio.ServicerContext


class InsightsServicer(insights_pb2_grpc.InsightsServiceServicer):
    """`voicecbt.insights.v1.InsightsService`."""

    def __init__(self, repository: InsightsRepository, pseudonyms: Pseudonyms) -> None:
        self._repository = repository
        self._pseudonyms = pseudonyms

    async def GetMoodTrend(
        self, request: insights_pb2.GetMoodTrendRequest, context: Context
    ) -> insights_pb2.GetMoodTrendResponse:
        """The caller's moods by day."""
        days = await self._repository.mood_trend(self._person(), _period(request.days, request.timezone))
        return insights_pb2.GetMoodTrendResponse(points=[insights_pb2.MoodPoint(**asdict(day)) for day in days])

    async def GetSessionCounts(
        self, request: insights_pb2.GetSessionCountsRequest, context: Context
    ) -> insights_pb2.GetSessionCountsResponse:
        """The caller's sessions by day."""
        days = await self._repository.session_counts(self._person(), _period(request.days, request.timezone))
        return insights_pb2.GetSessionCountsResponse(points=[insights_pb2.SessionPoint(**asdict(day)) for day in days])

    def _person(self) -> UUID:
        try:
            return self._pseudonyms.of("user", current_caller().user_id)
        except ValueError:
            raise Unauthenticated("TOKEN_INVALID", "the access token names no person; sign in again") from None


def _period(days: int, timezone: str) -> Period:
    try:
        return period(days, timezone, datetime.now(UTC))
    except UnknownTimezone as error:
        raise InvalidArgument("timezone", str(error)) from None
