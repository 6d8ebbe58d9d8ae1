"""Opens conversations: checks who may, claims the session, says what was missed, and runs it to its end."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID, uuid4

import structlog

from voicecbt.kit.errors import FailedPrecondition, NotFound, PlatformError, Unavailable
from voicecbt.session.clock import Clock
from voicecbt.session.conversation.acquaintance import acquaint
from voicecbt.session.conversation.conversation import Conversation
from voicecbt.session.conversation.live import LiveConversation, LiveConversations
from voicecbt.session.conversation.opening import Opening, read_opening, recognition_config
from voicecbt.session.conversation.outgoing import Outgoing
from voicecbt.session.conversation.recognition import Recognition
from voicecbt.session.conversation.turns import Turns
from voicecbt.session.converters import to_session
from voicecbt.session.domain import Session, SessionStatus
from voicecbt.session.ports import (
    ConversationLeases,
    PortFailed,
    Profiles,
    Recogniser,
    SessionRepository,
    TurnRepository,
)
from voicecbt.session.profile import Profile
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.messages import to_turn
from voicecbt.session.turn.runner import TurnRunner
from voicecbt.stubs.session.v1 import session_pb2

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Conversations:
    """All conversations of this process."""

    sessions: SessionRepository
    turns: TurnRepository
    leases: ConversationLeases
    profiles: Profiles
    recogniser: Recogniser
    runner: TurnRunner
    budgets: Budgets
    clock: Clock
    draining: asyncio.Event
    client_silence: timedelta
    live: LiveConversations

    async def converse(
        self, user_id: UUID, requests: AsyncIterator[session_pb2.ConverseRequest], outgoing: Outgoing
    ) -> None:
        """One conversation, from its `open` to its end. Raises a single PlatformError when it does not end well."""
        try:
            await self._converse(user_id, requests, outgoing)
        except BaseExceptionGroup as group:
            raise _cause(group) from None
        finally:
            await outgoing.finish()

    async def end(self, session_id: UUID) -> None:
        """The session is over: closes its conversation, here or on another replica. Returns without waiting for it."""
        self.live.end(session_id)
        try:
            await self.leases.end(session_id)
        except PortFailed as error:
            log.warning("other replicas are not told of a session's end", status=error.status)

    async def _converse(
        self, user_id: UUID, requests: AsyncIterator[session_pb2.ConverseRequest], outgoing: Outgoing
    ) -> None:
        if self.draining.is_set():
            raise Unavailable("this replica is going away; open the conversation again")
        with self.live.opening(user_id):
            opening = await read_opening(requests, outgoing)
        session = await self._session(user_id, opening.session_id)
        conversation_id = uuid4()
        with self.live.entered(user_id, session.session_id, conversation_id) as live:
            await self._claim(live)
            try:
                async with asyncio.TaskGroup() as group:
                    profile = group.create_task(self._profile(user_id))
                    await outgoing.send(await self._opened(user_id, session, opening))
                await self._run(user_id, opening, profile.result(), live, requests, outgoing)
            finally:
                await self._release(live)

    async def _run(
        self,
        user_id: UUID,
        opening: Opening,
        profile: Profile,
        live: LiveConversation,
        requests: AsyncIterator[session_pb2.ConverseRequest],
        outgoing: Outgoing,
    ) -> None:
        opening = opening.settled(profile)
        turns = Turns(user_id, live.session_id, opening.manner, profile, self.runner, outgoing, self.clock)
        language = opening.manner.language
        config = recognition_config(language, opening.patience)
        conversation = Conversation(
            live=live,
            language=language,
            turns=turns,
            recognition=Recognition(self.recogniser, config, outgoing, self.clock, turns.offer),
            outgoing=outgoing,
            clock=self.clock,
            draining=self.draining,
            client_silence_seconds=self.client_silence.total_seconds(),
            keep_alive=lambda: self._keep_alive(live, turns),
        )
        try:
            await conversation.run(requests)
        finally:
            turns.abandon()

    async def _session(self, user_id: UUID, session_id: UUID) -> Session:
        session = await self.sessions.get(user_id, session_id)
        if session is None:
            raise NotFound("session")
        if session.status is SessionStatus.ENDED:
            raise FailedPrecondition("SESSION_ENDED", "this session has ended; start a new one")
        await self.sessions.touch(user_id, session_id, self.clock.now())
        return session

    async def _opened(self, user_id: UUID, session: Session, opening: Opening) -> session_pb2.Opened:
        missed = await self.turns.turns_after(user_id, session.session_id, opening.last_turn_id)
        return session_pb2.Opened(
            session=to_session(session),
            input=opening.input_format(),
            output=opening.output_format(),
            missed_turns=[to_turn(turn) for turn in missed],
        )

    async def _claim(self, live: LiveConversation) -> None:
        """Without the leases a conversation is still the only one of its session in this process."""
        try:
            await self.leases.claim(live.session_id, live.conversation_id)
        except PortFailed as error:
            log.warning("session not claimed", status=error.status)

    async def _profile(self, user_id: UUID) -> Profile:
        return await acquaint(self.profiles, user_id, self.budgets.profile)

    async def _keep_alive(self, live: LiveConversation, turns: Turns) -> bool:
        """Notes that the person is there, and asks again who they are; False when another replica has the session."""
        if not turns.profile.known:
            turns.profile = await self._profile(turns.user_id)
        try:
            if not await self.sessions.touch(turns.user_id, live.session_id, self.clock.now()):
                live.ended.set()
            return await self.leases.keep(live.session_id, live.conversation_id)
        except (PortFailed, PlatformError) as error:
            log.warning("conversation not prolonged", error_type=type(error).__name__)
            return True

    async def _release(self, live: LiveConversation) -> None:
        try:
            await self.leases.release(live.session_id, live.conversation_id)
        except PortFailed as error:
            log.warning("session not released", status=error.status)


def _cause(group: BaseExceptionGroup[BaseException]) -> BaseException:
    """The one error to tell the client: what was meant for it, else whatever came first."""
    leaves = list(_leaves(group))
    return next((leaf for leaf in leaves if isinstance(leaf, PlatformError)), leaves[0])


def _leaves(error: BaseException) -> list[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        return [leaf for inner in error.exceptions for leaf in _leaves(inner)]
    return [error]
