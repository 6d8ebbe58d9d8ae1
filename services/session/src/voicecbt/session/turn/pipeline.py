"""A turn, as the list of its stages: hear, understand, reply and speak, commit.

Every stage is a file of this package, has a budget and a degraded mode, and is measured from the end of speech. The
turn is one trace: the span `turn`, with a child a stage, which every call to another service continues. What was typed
begins the trace; what was spoken continues that of its recognition.
"""

import asyncio
from dataclasses import dataclass

from voicecbt.kit.telemetry import context_of
from voicecbt.session.turn.commit import Commit
from voicecbt.session.turn.follow_playback import FollowPlayback
from voicecbt.session.turn.hear import Hear
from voicecbt.session.turn.messages import to_turn
from voicecbt.session.turn.record import PastTurn, StoredTurn
from voicecbt.session.turn.reply import Composed, ComposeReply
from voicecbt.session.turn.safety_net import SafetyNet
from voicecbt.session.turn.scope import TurnScope, tracer
from voicecbt.session.turn.sentences import Sentences
from voicecbt.session.turn.speak import Speak
from voicecbt.session.turn.understand import Understand, Understanding
from voicecbt.stubs.session.v1.session_pb2 import TurnCompleted


@dataclass(frozen=True, slots=True)
class TurnPipeline:
    """Runs turns. Holds no state between them: what a turn needs to know of earlier ones is read from the store."""

    hear: Hear
    understand: Understand
    compose_reply: ComposeReply
    speak: Speak
    commit: Commit
    # For turns that fail on the way.
    safety_net: SafetyNet

    async def run(self, scope: TurnScope, follow: FollowPlayback) -> None:
        """Takes the turn to `turn_completed`. A turn that was committed before is sent again, and nothing is run.

        Raises TurnRefused, PortFailed, TimeoutError, SessionMissing or TurnTaken; then nothing was committed, as far as
        is known, and the same turn id may be tried again.
        """
        attributes = {"turn.id": str(scope.utterance.turn_id)}
        # A trace of its own: a conversation of an hour would be no trace to read.
        before = context_of(scope.utterance.transcript.traceparent)
        with tracer.start_as_current_span("turn", before, attributes=attributes, record_exception=False):
            recall = await self.hear(scope)
            stored = recall.stored or await self._answer(scope, recall.history, follow)
            await scope.tell(TurnCompleted(turn=to_turn(stored)))
            await follow()

    async def _answer(self, scope: TurnScope, history: tuple[PastTurn, ...], follow: FollowPlayback) -> StoredTurn:
        async with self.understand(scope) as known:
            composed = await self._reply_and_speak(scope, known, history)
        stored = await self.commit(scope, known, composed)
        follow.committed(stored)
        return stored

    async def _reply_and_speak(self, scope: TurnScope, known: Understanding, history: tuple[PastTurn, ...]) -> Composed:
        sentences = Sentences(scope)
        async with asyncio.TaskGroup() as group:
            group.create_task(self.speak(scope, sentences))
            composed = await self.compose_reply(scope, known, history, sentences)
            sentences.close()
        return composed
