"""gRPC to use cases and back; no rules."""

# ruff: noqa: N802 - the contract names the methods.

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from uuid import UUID

from voicecbt.kit.callers import current_caller
from voicecbt.session.conversation.outgoing import Outgoing
from voicecbt.session.conversations import Conversations
from voicecbt.session.converters import from_start, to_session
from voicecbt.session.sessions import Sessions
from voicecbt.session.turn.messages import to_turn
from voicecbt.stubs.session.v1 import session_pb2 as pb
from voicecbt.stubs.session.v1.session_pb2_grpc import SessionServiceServicer


class SessionServicer(SessionServiceServicer):
    """`voicecbt.session.v1.SessionService`."""

    def __init__(self, sessions: Sessions, conversations: Conversations) -> None:
        self._sessions = sessions
        self._conversations = conversations

    async def StartSession(self, request: pb.StartSessionRequest, context: object) -> pb.StartSessionResponse:
        """Starts a session, once per idempotency key."""
        session = await self._sessions.start(_person(), from_start(request))
        return pb.StartSessionResponse(session=to_session(session))

    async def EndSession(self, request: pb.EndSessionRequest, context: object) -> pb.EndSessionResponse:
        """Ends a session; idempotent."""
        session = await self._sessions.end(_person(), UUID(request.session_id))
        return pb.EndSessionResponse(session=to_session(session))

    async def ListSessions(self, request: pb.ListSessionsRequest, context: object) -> pb.ListSessionsResponse:
        """A page of the caller's sessions."""
        page = await self._sessions.page(_person(), request.page_size, request.page_token)
        sessions = [to_session(session) for session in page.sessions]
        return pb.ListSessionsResponse(sessions=sessions, next_page_token=page.next_token)

    async def GetSession(self, request: pb.GetSessionRequest, context: object) -> pb.GetSessionResponse:
        """One session with its turns."""
        session, turns = await self._sessions.get(_person(), UUID(request.session_id))
        return pb.GetSessionResponse(session=to_session(session), turns=[to_turn(turn) for turn in turns])

    async def RateTurn(self, request: pb.RateTurnRequest, context: object) -> pb.RateTurnResponse:
        """Rates a reply."""
        session_id, turn_id = UUID(request.session_id), UUID(request.turn_id)
        await self._sessions.rate(_person(), session_id, turn_id, request.satisfaction)
        return pb.RateTurnResponse()

    async def Converse(
        self, request_iterator: AsyncIterator[pb.ConverseRequest], context: object
    ) -> AsyncGenerator[pb.ConverseResponse, None]:
        """The conversation. It ends with this generator, however that ends; its running turn may live longer."""
        outgoing = Outgoing()
        conversation = asyncio.create_task(self._conversations.converse(_person(), request_iterator, outgoing))
        try:
            async for response in outgoing.responses():
                yield response
            await conversation
        finally:
            outgoing.close()
            conversation.cancel()
            await asyncio.gather(conversation, return_exceptions=True)


def _person() -> UUID:
    return UUID(current_caller().user_id)
