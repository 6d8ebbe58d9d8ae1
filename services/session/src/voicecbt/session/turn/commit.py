"""Stage 5, commit: the turn, its session's summary and its event, in one transaction. Only then is it completed."""

import asyncio
from dataclasses import dataclass

from voicecbt.kit.telemetry import current_traceparent
from voicecbt.session.ports import TurnRepository
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.record import NewTurn, StoredTurn
from voicecbt.session.turn.reply import Composed
from voicecbt.session.turn.scope import TurnScope
from voicecbt.session.turn.understand import Understanding


@dataclass(frozen=True, slots=True)
class Commit:
    """Stores the finished turn, once."""

    turns: TurnRepository
    budgets: Budgets

    async def __call__(self, scope: TurnScope, known: Understanding, composed: Composed) -> StoredTurn:
        """The turn as it is stored: another replica's, if that was first. Raises what the store raises."""
        async with scope.stage("commit", "session"), asyncio.timeout(self.budgets.store):
            return await self.turns.commit(scope.user_id, _turn(scope, known, composed))


def _turn(scope: TurnScope, known: Understanding, composed: Composed) -> NewTurn:
    # As the row is handed over: what the row itself says cannot know how long writing it took.
    scope.mark("committed_ms")
    playback, reply = scope.playback, composed.message
    if playback.started_at is not None:
        scope.timings["playback_started_ms"] = scope.ms_at(playback.started_at)
    heard, unheard = playback.split()
    return NewTurn(
        turn_id=scope.utterance.turn_id,
        session_id=scope.session_id,
        time=scope.clock.now(),
        transcript=scope.utterance.text,
        language=scope.utterance.transcript.language or scope.manner.language,
        emotion=known.emotion,
        safety=composed.safety,
        reply=heard,
        unheard_reply=unheard,
        technique=reply.technique,
        citations=tuple(reply.citations),
        protocol=reply.protocol,
        response_id=reply.response_id,
        knowledge_version=reply.knowledge_version,
        timings=dict(scope.timings),
        degraded=tuple(scope.degraded),
        stages=tuple(scope.stages),
        traceparent=current_traceparent(),
    )
