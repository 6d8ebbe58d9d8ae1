"""PersonContexts, by the journal."""

from uuid import UUID

import grpc

from voicecbt.session.adapters.failures import calling
from voicecbt.session.turn.budgets import Budgets
from voicecbt.stubs.journal.v1.journal_pb2 import GetPersonContextRequest
from voicecbt.stubs.journal.v1.journal_pb2_grpc import JournalServiceStub
from voicecbt.stubs.rag.v1.rag_pb2 import PersonContext


class GrpcPersonContexts:
    """`GetPersonContext`."""

    def __init__(self, channel: grpc.aio.Channel, budgets: Budgets) -> None:
        self._stub = JournalServiceStub(channel)
        self._timeout = budgets.context

    async def context_of(self, user_id: UUID) -> PersonContext:
        """See PersonContexts."""
        with calling("journal"):
            response = await self._stub.GetPersonContext(
                GetPersonContextRequest(user_id=str(user_id)), timeout=self._timeout
            )
        return PersonContext(mood_score=response.mood_score)
