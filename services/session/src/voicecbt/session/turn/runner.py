"""Runs turns to their end, whatever happens to the conversation that they were said in."""

import asyncio
from contextvars import Context
from dataclasses import dataclass, field
from datetime import timedelta
from types import TracebackType
from typing import Self
from uuid import UUID

import structlog
from google.protobuf.duration_pb2 import Duration

from voicecbt.kit import metrics
from voicecbt.kit.callers import Caller, acting_as
from voicecbt.kit.errors import NotFound
from voicecbt.session.ports import PortFailed, SessionMissing, TurnRepository, TurnTaken
from voicecbt.session.turn.follow_playback import FollowPlayback
from voicecbt.session.turn.hear import TurnRefused
from voicecbt.session.turn.pipeline import TurnPipeline
from voicecbt.session.turn.scope import TurnScope
from voicecbt.stubs.session.v1.session_pb2 import TurnFailed

log = structlog.get_logger(__name__)

RETRY_AFTER = timedelta(seconds=2)  # About how long PostgreSQL takes to restart.


@dataclass(slots=True)
class TurnRunner:
    """Owns the tasks of all live turns. Entered once a process; leaving it waits `drain_seconds` for them to end."""

    pipeline: TurnPipeline
    turns: TurnRepository
    drain_seconds: float
    _running: dict[UUID, asyncio.Task[None]] = field(default_factory=dict)

    async def __aenter__(self) -> Self:
        """Ready to run turns."""
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Lets live turns end, and cancels those that take too long: nothing of theirs is stored then."""
        live = set(self._running.values())
        if live:
            _, late = await asyncio.wait(live, timeout=self.drain_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)

    async def run(self, scope: TurnScope) -> FollowPlayback:
        """Takes one turn to its end and never raises for what happens in it: the listener is told.

        Cancelling the caller leaves the turn running, so that what a vanished client said is still answered and kept.
        A session has one turn at a time, also when two conversations of it overlap.
        """
        follow = FollowPlayback(self.turns, scope)
        while (earlier := self._running.get(scope.session_id)) is not None:
            await asyncio.wait({earlier})
        # An empty context: the turn must not inherit the deadline or the span of the conversation it may outlive.
        task = asyncio.create_task(self._answer(scope, follow), context=Context())
        self._running[scope.session_id] = task
        task.add_done_callback(lambda _: self._running.pop(scope.session_id, None))
        await asyncio.shield(task)
        return follow

    async def _answer(self, scope: TurnScope, follow: FollowPlayback) -> None:
        with acting_as(Caller(user_id=str(scope.user_id))):
            try:
                await self.pipeline.run(scope, follow)
            except Exception as error:  # noqa: BLE001 - the border of a turn: reported by kind, never by words
                await self.pipeline.safety_net(scope)
                await scope.tell(_failed(error))

    async def reassure(self, scope: TurnScope) -> None:
        """For words that are not answered: shows where help is if they are about danger. Takes the risk's budget."""
        with acting_as(Caller(user_id=str(scope.user_id))):
            await self.pipeline.safety_net(scope)


def _failed(error: Exception) -> TurnFailed:
    match error:
        case TurnRefused():
            return TurnFailed(reason=error.reason, message=error.message, retryable=error.retryable)
        case SessionMissing() | NotFound():  # NotFound: the account was erased, and its key with it.
            return TurnFailed(reason="unknown_session", message="There is no such session.")
        case TurnTaken():
            return TurnFailed(reason="turn_id_taken", message="Please say that once more.")
        case _:
            _report(error)
            return _broken()


def _report(error: Exception) -> None:
    while isinstance(error, ExceptionGroup):
        error = error.exceptions[0]
    kind = error.status if isinstance(error, PortFailed) else type(error).__name__
    log.error("turn failed", kind=kind)
    metrics.errors.labels(error_type="turn_failed", service="session").inc()


def _broken() -> TurnFailed:
    retry_after = Duration()
    retry_after.FromTimedelta(RETRY_AFTER)
    message = "Something went wrong on our side, and your words may not have been kept; please send them again."
    return TurnFailed(reason="internal", message=message, retryable=True, retry_after=retry_after)
