"""gRPC in front of the use cases."""

from typing import TYPE_CHECKING, TypeAlias
from uuid import UUID

import grpc
from google.protobuf.message import Message

from voicecbt.journal import page_tokens
from voicecbt.journal.converters import details, moment, mood_message, window
from voicecbt.journal.domain import Position, Window
from voicecbt.journal.moods import Moods
from voicecbt.kit.callers import current_caller, current_person
from voicecbt.kit.errors import InvalidArgument, PermissionDenied
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc

if TYPE_CHECKING:  # grpc's own class cannot be subscripted when the program runs.
    Context: TypeAlias = grpc.aio.ServicerContext[Message, Message]
else:
    Context = grpc.aio.ServicerContext


class JournalServicer(journal_pb2_grpc.JournalServiceServicer):
    """`voicecbt.journal.v1.JournalService`."""

    def __init__(self, moods: Moods) -> None:
        self._moods = moods

    async def RecordMood(  # noqa: N802
        self, request: journal_pb2.RecordMoodRequest, context: Context
    ) -> journal_pb2.RecordMoodResponse:
        """Stores an entry once per idempotency key."""
        told = request.mood
        time = moment("mood.time", told.time) if told.HasField("time") else None
        mood = await self._moods.record(current_person(), request.idempotency_key, time, details(told))
        return journal_pb2.RecordMoodResponse(mood=mood_message(mood))

    async def ListMoods(  # noqa: N802
        self, request: journal_pb2.ListMoodsRequest, context: Context
    ) -> journal_pb2.ListMoodsResponse:
        """One page of the caller's entries, newest first."""
        user_id, asked = current_person(), window(request)
        page = await self._moods.list(user_id, asked, _after(request, user_id, asked), request.page_size)
        return journal_pb2.ListMoodsResponse(
            moods=[mood_message(mood) for mood in page.moods],
            next_page_token=page_tokens.encode(page.next, user_id, asked) if page.next else "",
        )

    async def DeleteMood(  # noqa: N802
        self, request: journal_pb2.DeleteMoodRequest, context: Context
    ) -> journal_pb2.DeleteMoodResponse:
        """Deletes one of the caller's entries."""
        await self._moods.delete(current_person(), UUID(request.mood_id))
        return journal_pb2.DeleteMoodResponse()

    async def GetPersonContext(  # noqa: N802
        self, request: journal_pb2.GetPersonContextRequest, context: Context
    ) -> journal_pb2.GetPersonContextResponse:
        """For services. One that acts for a person gets only that person's."""
        acting_for = current_caller().user_id
        if acting_for and acting_for != request.user_id:
            raise PermissionDenied("the call acts for another person")
        score = await self._moods.latest_score(UUID(request.user_id))
        return journal_pb2.GetPersonContextResponse(mood_score=score or 0)


def _after(request: journal_pb2.ListMoodsRequest, user_id: UUID, asked: Window) -> Position | None:
    if not request.page_token:
        return None
    try:
        return page_tokens.decode(request.page_token, user_id, asked)
    except page_tokens.BadPageToken as error:
        raise InvalidArgument("page_token", f"{error}; ask for the first page again") from None
