"""What the stages of one turn share: who, when, where events go, and what went wrong so far."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from uuid import UUID

import structlog
from opentelemetry import trace

from voicecbt.kit import metrics
from voicecbt.kit.errors import Unavailable
from voicecbt.session.clock import Clock
from voicecbt.session.ports import PortFailed
from voicecbt.session.profile import Profile
from voicecbt.session.turn.danger import Danger
from voicecbt.session.turn.fallback import LanguageTag
from voicecbt.session.turn.listener import Event, Listener
from voicecbt.session.turn.playback import Playback
from voicecbt.session.turn.record import StageRun
from voicecbt.session.turn.utterance import Utterance
from voicecbt.stubs.session.v1.session_pb2 import Degraded, SafetyNotice
from voicecbt.stubs.session.v1.turn_pb2 import Safety

log = structlog.get_logger(__name__)
tracer = trace.get_tracer("voicecbt.session")


@dataclass(frozen=True, slots=True)
class Manner:
    """How the client wants to be answered."""

    text_only: bool = False
    sample_rate_hz: int = 24_000
    # BCP 47; empty to follow what is heard.
    language: str = ""


@dataclass(slots=True)
class TurnScope:
    """One turn while it runs. Stages hand their results on; this holds only what runs along with them."""

    user_id: UUID
    session_id: UUID
    utterance: Utterance
    manner: Manner
    profile: Profile
    listener: Listener
    playback: Playback
    clock: Clock
    timings: dict[str, int] = field(default_factory=dict)
    stages: list[StageRun] = field(default_factory=list)
    degraded: list[str] = field(default_factory=list)
    danger: Danger = field(default_factory=Danger)

    @property
    def language(self) -> str:
        """What the person asked for, else what was heard."""
        return self.manner.language or self.utterance.transcript.language

    @property
    def country(self) -> str:
        """Where help must be, ISO 3166 alpha-2: the person's own, else the language's region; empty for neither."""
        return self.profile.country or LanguageTag(self.language).country

    def elapsed_ms(self) -> int:
        """Since the end of speech."""
        return self.ms_at(self.clock.monotonic())

    def ms_at(self, instant: float) -> int:
        """From the end of speech to a reading of the clock."""
        return max(0, round((instant - self.utterance.ended_at) * 1000))

    def mark(self, timing: str) -> None:
        """Notes that a stage has come this far, once; `timing` is a field of TurnTimings."""
        self.timings.setdefault(timing, self.elapsed_ms())

    async def tell(self, event: Event) -> None:
        """Sends an event of this turn."""
        await self.listener.send(event, str(self.utterance.turn_id))

    async def tell_safety(self, safety: Safety) -> None:
        """Sends what is known of the person's safety; helplines replace those that were sent before."""
        self.danger.helplines_told |= bool(safety.helplines)
        await self.tell(SafetyNotice(safety=safety))

    async def degrade(self, stage: str, message: str) -> None:
        """Records, and tells the person, that a stage is missing and what happens instead. Once a stage."""
        if stage not in self.degraded:
            self.degraded.append(stage)
            await self.tell(Degraded(stage=stage, message=message))

    @asynccontextmanager
    async def stage(self, name: str, service: str) -> AsyncIterator[None]:
        """Measures one stage: a span, a StageRun, and the metrics. Errors pass through."""
        started = self.clock.monotonic()
        failed = False
        with tracer.start_as_current_span(name, record_exception=False):
            try:
                yield
            except (PortFailed, Unavailable, TimeoutError) as error:
                failed = True
                _report(name, error)
                raise
            finally:
                seconds = self.clock.monotonic() - started
                self.stages.append(StageRun(service, round(seconds * 1000), failed))
                metrics.response_time_seconds.labels(endpoint=f"turn/{name}").observe(seconds)


def _report(stage: str, error: PortFailed | Unavailable | TimeoutError) -> None:
    status = "DEADLINE_EXCEEDED" if isinstance(error, TimeoutError) else "UNAVAILABLE"
    if isinstance(error, PortFailed):
        status = error.status
    log.warning("stage failed", stage=stage, status=status)
    metrics.errors.labels(error_type=f"turn_{stage}_{status.lower()}", service="session").inc()
