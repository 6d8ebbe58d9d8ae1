"""What holds for every sequence of things that a client may do, with parts failing at random. On virtual time."""

import asyncio
from dataclasses import dataclass
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from voicecbt.session.ports import PortFailed
from voicecbt.session.testing.platform import Client, Platform
from voicecbt.session.testing.virtual_time import run_virtually
from voicecbt.stubs.session.v1 import session_pb2 as pb

pytestmark = pytest.mark.unit

LONGEST_TURN_SECONDS = 60.0  # The sum of all budgets, with room.


@dataclass(frozen=True, slots=True)
class Step:
    """One thing that a client does, or that happens to it."""

    kind: str
    number: int = 0


ids = st.integers(0, 5)
steps = st.lists(
    st.one_of(
        st.builds(Step, st.just("say"), ids),
        st.builds(Step, st.just("speak"), st.integers(1, 40)),
        st.builds(Step, st.just("silence"), st.integers(1, 40)),
        st.builds(Step, st.just("end_of_speech"), ids),
        st.builds(Step, st.just("interrupt")),
        st.builds(Step, st.just("heard"), ids),
        st.builds(Step, st.just("wait"), st.integers(0, 12)),
        st.builds(Step, st.just("break"), st.integers(0, 7)),
        st.builds(Step, st.just("slow"), st.integers(0, 7)),
        st.builds(Step, st.just("mend")),
        st.builds(Step, st.just("lose_commit")),
        st.builds(Step, st.just("reconnect")),
    ),
    max_size=25,
)


def turn_id_of(number: int) -> UUID:
    return UUID(int=number + 1)


class Play:
    """Plays steps, reconnecting where they say so, and keeps what every connection saw."""

    def __init__(self) -> None:
        self.platform = Platform()
        self.clients: list[Client] = []

    async def run(self, steps: list[Step]) -> None:
        self.session = await self.platform.start()
        parts: list[list[Step]] = [[]]
        for step in steps:
            parts.append([]) if step.kind == "reconnect" else parts[-1].append(step)
        for part in parts[:-1]:
            await self._connection(part, hang_up=False)
        self._mend()
        await self._connection(parts[-1], hang_up=True)
        await asyncio.sleep(LONGEST_TURN_SECONDS)

    async def _connection(self, steps: list[Step], *, hang_up: bool) -> None:
        async with self.platform.talking(self.session) as client:
            self.clients.append(client)
            for step in steps:
                await self._act(client, step)
            if hang_up:
                await client.hang_up()
                await client.received()

    async def _act(self, client: Client, step: Step) -> None:
        turn_id = str(turn_id_of(step.number))
        match step.kind:
            case "say":
                await client.say(f"words {step.number}", turn_id_of(step.number))
            case "speak" | "silence":
                await client.speak(step.number * 20, silence=step.kind == "silence")
            case "end_of_speech":
                await client.send(end_of_speech=pb.EndOfSpeech(turn_id=turn_id))
            case "interrupt":
                await client.send(interrupt=pb.Interrupt())
            case "heard":
                await client.send(playback=pb.PlaybackProgress(turn_id=turn_id, sentence_finished=True))
            case "wait":
                await asyncio.sleep(step.number)
            case _:
                self._tamper(step)

    def _tamper(self, step: Step) -> None:
        part = self._parts()[step.number]
        match step.kind:
            case "break":
                part.error = PortFailed("any", "UNAVAILABLE")
            case "slow":
                part.delay = 2.0
            case "lose_commit":
                self.platform.turns.failing_commits += 1
            case "mend":
                self._mend()

    def _mend(self) -> None:
        for part in self._parts():
            part.delay, part.error = 0.0, None

    def _parts(self):  # type: ignore[no-untyped-def]
        ports = self.platform.ports
        return [
            ports.recogniser,
            ports.emotions,
            ports.risks,
            ports.retriever,
            ports.responder,
            ports.speaker,
            ports.contexts,
            ports.profiles,
        ]


@given(steps)
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
def test_invariants_of_a_conversation(steps: list[Step]) -> None:
    """A wait without a bound would raise NothingWillHappen."""
    play = Play()
    run_virtually(play.run(steps))
    stored = play.platform.store.turns_of(play.session.session_id)

    assert [each.index for each in stored] == list(range(len(stored))), "the order has no holes"
    assert play.platform.turns.commits == len(stored), "a turn is committed once"
    for client in play.clients:
        completed = [event.turn_id for event in client.of("turn_completed")]
        assert {UUID(turn) for turn in completed} <= {each.turn.turn_id for each in stored}, "acknowledged is committed"
        assert [event.sequence for event in client.events] == list(range(len(client.events)))
        check_one_at_a_time(client.events)
        for turn_id in {event.turn_id for event in client.events if event.turn_id}:
            check_turn([e for e in client.events if e.turn_id == turn_id])
    for step in after_last_reconnect(steps):
        if step.kind == "say":
            check_answered(play.clients[-1], turn_id_of(step.number))
    assert all(each.turn.reply or each.turn.unheard_reply for each in stored), "never silence"


def check_turn(events: list[pb.ConverseResponse]) -> None:
    """One turn at a time and in order: nothing of a turn comes before it starts, or after it ended."""
    kinds = [event.WhichOneof("event") for event in events]
    for index, kind in enumerate(kinds):
        if kind in ("reply_delta", "reply_audio", "emotion", "final_transcript"):
            assert "turn_started" in kinds[:index]
        if kind in ("turn_completed", "turn_failed"):
            # What follows is another attempt; one that fails before it starts may still show where help is.
            following = kinds[index + 1] if index + 1 < len(kinds) else "turn_started"
            assert following in ("turn_started", "turn_completed", "turn_failed", "safety")


def check_one_at_a_time(events: list[pb.ConverseResponse]) -> None:
    """From `turn_started` to its end, no other turn says anything but that it is refused."""
    running = ""
    for event in events:
        kind = event.WhichOneof("event")
        if kind == "turn_started":
            assert not running
            running = event.turn_id
        elif kind in ("turn_completed", "turn_failed") and event.turn_id == running:
            running = ""
        elif running and event.turn_id not in ("", running):
            assert kind == "turn_failed"


def after_last_reconnect(steps: list[Step]) -> list[Step]:
    """What was done on the connection that the client hung up in good order."""
    reconnects = [index for index, step in enumerate(steps) if step.kind == "reconnect"]
    return steps[reconnects[-1] + 1 :] if reconnects else steps


def check_answered(client: Client, turn_id: UUID) -> None:
    """Everything that was said is answered: with a turn, or with why there is none."""
    assert client.of("turn_completed", turn_id) or client.of("turn_failed", turn_id)
