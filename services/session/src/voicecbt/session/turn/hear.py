"""Stage 1, hear: is this turn new, and if so, say that it has begun and what was heard."""

import asyncio
from dataclasses import dataclass

from voicecbt.kit.telemetry import current_traceparent
from voicecbt.session.ports import TurnRepository
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.record import Recall, StageRun
from voicecbt.session.turn.scope import TurnScope
from voicecbt.stubs.session.v1.session_pb2 import TurnStarted

HISTORY_TURNS = 20  # Both sides of 20 turns: ten minutes of talk, well inside the 100 utterances that rag takes.
MAX_TEXT_CHARACTERS = 10_000  # What rag and emotion take.


class TurnRefused(Exception):
    """The turn ends here without being committed. `reason` is a stable word, `message` is for the person."""

    def __init__(self, reason: str, message: str, retryable: bool = False) -> None:
        super().__init__(reason)
        self.reason = reason
        self.message = message
        self.retryable = retryable


@dataclass(frozen=True, slots=True)
class Hear:
    """Reads what came before and announces the turn. Without the store there is no turn: nothing could be kept."""

    turns: TurnRepository
    budgets: Budgets

    async def __call__(self, scope: TurnScope) -> Recall:
        """Raises TurnRefused, TimeoutError or the store's errors. A turn that is already stored is not announced."""
        _check(scope.utterance.text)
        async with scope.stage("hear", "session"), asyncio.timeout(self.budgets.store):
            utterance = scope.utterance
            recall = await self.turns.recall(scope.user_id, scope.session_id, utterance.turn_id, HISTORY_TURNS)
        if recall.stored is not None and not utterance.spoken and recall.stored.turn.transcript != utterance.text:
            # Never the answer to other words: they may be about danger, and such a client must be told.
            raise TurnRefused("turn_id_taken", "That came under the name of an earlier message; please send it again.")
        if recall.stored is None:
            scope.danger.earlier = tuple(past.transcript for past in recall.history)
            scope.danger.known = recall.known_risk
            if recall.session_ended:
                raise TurnRefused("session_ended", "This session has ended; please start a new one.")
            await _announce(scope)
        return recall


def _check(text: str) -> None:
    if not text:
        raise TurnRefused("nothing_heard", "I could not hear anything; please try again.", retryable=True)
    if len(text) > MAX_TEXT_CHARACTERS:
        raise TurnRefused("too_long", "That was more than I can take in at once; please say it in parts.")


async def _announce(scope: TurnScope) -> None:
    transcript = scope.utterance.transcript
    if scope.utterance.spoken:
        scope.timings["end_of_turn_ms"] = transcript.endpoint_delay_ms
        scope.stages.append(StageRun("transcription", transcript.recognition_ms, failed=False))
        scope.timings["transcript_ms"] = transcript.endpoint_delay_ms + transcript.recognition_ms
    await scope.tell(TurnStarted(traceparent=current_traceparent()))
    await scope.tell(transcript)
