"""After a turn is committed: keeps its row in step with what the person really heard."""

from dataclasses import dataclass, field

import structlog

from voicecbt.kit.errors import Unavailable
from voicecbt.session.ports import TurnRepository
from voicecbt.session.turn.record import StoredTurn
from voicecbt.session.turn.scope import TurnScope

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class FollowPlayback:
    """Writes what changed since it last looked; before the turn is committed there is nothing to write to."""

    turns: TurnRepository
    scope: TurnScope
    _recorded: tuple[int | None, tuple[str, str]] = field(init=False)

    def __post_init__(self) -> None:
        self._recorded = (None, ("", ""))

    def committed(self, stored: StoredTurn) -> None:
        """The turn is in the store. Another replica's turn has its own playback, which is not ours to change."""
        turn = stored.turn
        self._recorded = (turn.timings.get("playback_started_ms"), (turn.reply, turn.unheard_reply))
        self.scope.playback.committed = stored.ours

    async def __call__(self) -> None:
        """A store that fails here costs a measurement, not the turn: it is logged and tried again next time."""
        playback = self.scope.playback
        if not playback.committed:
            return
        started_at = playback.started_at
        now = (None if started_at is None else self.scope.ms_at(started_at), playback.split())
        try:
            await self._write(*now)
        except Unavailable:
            log.warning("playback not recorded")
        else:
            self._recorded = now

    async def _write(self, started_ms: int | None, heard: tuple[str, str]) -> None:
        user_id, turn_id = self.scope.user_id, self.scope.utterance.turn_id
        if started_ms is not None and started_ms != self._recorded[0]:
            await self.turns.record_playback(user_id, turn_id, started_ms)
        if heard != self._recorded[1]:
            await self.turns.record_unheard(user_id, turn_id, *heard)
