"""The turns of one conversation: one at a time, in order, with a short line of waiting ones."""

import asyncio
from collections import OrderedDict
from dataclasses import dataclass, field
from uuid import UUID

from voicecbt.session.clock import Clock
from voicecbt.session.profile import Profile
from voicecbt.session.turn.danger import unknown_risk
from voicecbt.session.turn.follow_playback import FollowPlayback
from voicecbt.session.turn.listener import Listener
from voicecbt.session.turn.playback import Playback
from voicecbt.session.turn.runner import TurnRunner
from voicecbt.session.turn.scope import Manner, TurnScope
from voicecbt.session.turn.utterance import Utterance
from voicecbt.stubs.session.v1.session_pb2 import PlaybackProgress, TurnFailed

MAX_WAITING = 3  # Further utterances than these would be answered long after they were said.
FOLLOWED_TURNS = 8  # Replies whose playback may still be acknowledged: a client plays one, and may lag a few behind.


@dataclass(slots=True)
class Turns:
    """Takes utterances in and has them answered. Also keeps track of which reply is being heard."""

    user_id: UUID
    session_id: UUID
    manner: Manner
    # May become known while the conversation runs; a turn keeps the one that it began with.
    profile: Profile
    runner: TurnRunner
    listener: Listener
    clock: Clock
    _waiting: asyncio.Queue[Utterance | None] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING + 1))
    # Refused ones, to be looked at for danger.
    _refused: asyncio.Queue[TurnScope | None] = field(default_factory=lambda: asyncio.Queue(MAX_WAITING + 1))
    # What waits or runs.
    _pending: set[UUID] = field(default_factory=set)
    _playbacks: OrderedDict[UUID, Playback] = field(default_factory=OrderedDict)
    _follows: dict[UUID, FollowPlayback] = field(default_factory=dict)
    _ended: bool = False

    async def offer(self, utterance: Utterance) -> None:
        """Queues it behind the others; refuses it with `busy` when three are waiting.

        One that is waiting or running already is on its way to be answered, and not taken twice.
        """
        if utterance.turn_id in self._pending:
            return
        if self._waiting.qsize() >= MAX_WAITING or self._ended:
            await self._refuse(self._scope(utterance, Playback(spoken=False)))
        else:
            self._pending.add(utterance.turn_id)
            self._waiting.put_nowait(utterance)

    def end(self) -> None:
        """No more will come; those that wait are still answered."""
        if not self._ended:
            self._ended = True
            self._waiting.put_nowait(None)
            self._refused.put_nowait(None)

    async def run(self) -> None:
        """Answers utterances in the order they were said, until `end`; beside that, looks at what it refused."""
        async with asyncio.TaskGroup() as group:
            group.create_task(self._answer())
            group.create_task(self._reassure())

    async def _answer(self) -> None:
        while (utterance := await self._waiting.get()) is not None:
            playback = self._remember(utterance.turn_id)
            scope = self._scope(utterance, playback)
            follow = self._follows[utterance.turn_id] = await self.runner.run(scope)
            self._pending.discard(utterance.turn_id)
            await follow()

    async def _reassure(self) -> None:
        while (scope := await self._refused.get()) is not None:
            await self.runner.reassure(scope)

    async def _refuse(self, scope: TurnScope) -> None:
        """Never waits for an assessment, since it stands in the way of what comes next, such as an interruption."""
        message = "I am still answering; please wait a moment and send that again."
        await scope.tell(TurnFailed(reason="busy", message=message, retryable=True))
        if self._refused.qsize() < MAX_WAITING and not self._ended:
            self._refused.put_nowait(scope)
        else:
            scope.danger.assessed = unknown_risk()
            await self.runner.reassure(scope)

    async def acknowledge(self, progress: PlaybackProgress) -> None:
        """The person hears a reply. Progress of a turn that is not remembered any more is ignored."""
        turn_id = UUID(progress.turn_id)
        if (playback := self._playbacks.get(turn_id)) is not None:
            playback.acknowledge(progress.sentence_index, progress.sentence_finished, self.clock.monotonic())
            await self._follow(turn_id)

    async def interrupt(self, turn_id: UUID | None) -> None:
        """Stops the audio of a turn; of the latest when none is named."""
        if not self._playbacks:
            return
        turn_id = turn_id or next(reversed(self._playbacks))
        if (playback := self._playbacks.get(turn_id)) is not None:
            playback.interrupt()
            await self._follow(turn_id)

    def abandon(self) -> None:
        """Nobody listens any more: no further audio is made. A running turn goes on without it."""
        for playback in self._playbacks.values():
            playback.stopped.set()

    def _scope(self, utterance: Utterance, playback: Playback) -> TurnScope:
        return TurnScope(
            self.user_id, self.session_id, utterance, self.manner, self.profile, self.listener, playback, self.clock
        )

    def _remember(self, turn_id: UUID) -> Playback:
        playback = self._playbacks[turn_id] = Playback(spoken=not self.manner.text_only)
        self._playbacks.move_to_end(turn_id)
        while len(self._playbacks) > FOLLOWED_TURNS:
            forgotten, _ = self._playbacks.popitem(last=False)
            self._follows.pop(forgotten, None)
        return playback

    async def _follow(self, turn_id: UUID) -> None:
        if (follow := self._follows.get(turn_id)) is not None:
            await follow()
