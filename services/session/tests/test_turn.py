"""A turn against the fakes, on virtual time: what happens when a part is late, down or overruled."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from uuid import UUID

import pytest

from voicecbt.session.ports import PortFailed
from voicecbt.session.testing.platform import Client, Platform
from voicecbt.session.testing.virtual_time import run_virtually
from voicecbt.session.turn.fallback import fallback_wording
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.session.v1 import session_pb2 as pb
from voicecbt.stubs.session.v1.turn_pb2 import Turn

pytestmark = pytest.mark.unit

DOWN = PortFailed("any", "UNAVAILABLE")
HANGS = 10_000.0


@dataclass(frozen=True, slots=True)
class Played:
    platform: Platform
    client: Client
    turn: Turn
    turn_id: UUID
    seconds: float


def play(prepare: Callable[[Platform], None], text: str = "I feel low", opening: pb.Open | None = None) -> Played:
    """One typed turn on a platform that was tampered with."""

    async def run() -> Played:
        platform = Platform()
        prepare(platform)
        session = await platform.start()
        async with platform.talking(session, opening) as client:
            before = platform.clock.monotonic()
            turn_id = await client.say(text)
            turn = (await client.expect("turn_completed", turn_id)).turn_completed.turn
            return Played(platform, client, turn, turn_id, platform.clock.monotonic() - before)

    return run_virtually(run())


@pytest.mark.parametrize(("delay", "error"), [(0.0, DOWN), (HANGS, None)], ids=["down", "hangs"])
@pytest.mark.parametrize("stage", ["emotion", "retrieval", "context", "safety", "generation", "synthesis"])
def test_a_missing_part_degrades_the_turn_and_never_silences_it(
    stage: str, delay: float, error: PortFailed | None
) -> None:
    def prepare(platform: Platform) -> None:
        ports = platform.ports
        part = {
            "emotion": ports.emotions,
            "retrieval": ports.retriever,
            "context": ports.contexts,
            "safety": ports.risks,
            "generation": ports.responder,
            "synthesis": ports.speaker,
        }[stage]
        part.delay, part.error = delay, error

    played = play(prepare)
    assert list(played.turn.degraded) == [stage]
    assert played.turn.reply
    assert "".join(e.reply_delta.text for e in played.client.of("reply_delta")).startswith(played.turn.reply[:5])
    told = [event.degraded.stage for event in played.client.of("degraded")]
    assert told == ([] if stage == "context" else [stage])
    assert played.seconds < 7


def test_everything_down_still_says_something_true() -> None:
    def prepare(platform: Platform) -> None:
        ports = platform.ports
        for part in (ports.emotions, ports.retriever, ports.contexts, ports.risks, ports.responder, ports.speaker):
            part.error = DOWN

    played = play(prepare)
    assert played.turn.reply.startswith(fallback_wording().reply(0)[0])
    assert set(played.turn.degraded) == {"emotion", "retrieval", "context", "safety", "generation", "synthesis"}
    assert played.turn.safety.helplines


def test_unknown_risk_counts_as_elevated_and_adds_where_to_find_help() -> None:
    def prepare(platform: Platform) -> None:
        platform.ports.risks.error = DOWN

    played = play(prepare, opening=pb.Open(language="en-GB"))
    assert played.turn.safety.level == rag_pb2.RISK_LEVEL_ELEVATED
    assert played.turn.safety.helplines[0].name == "Samaritans"
    assert played.turn.reply.endswith(fallback_wording().helpline_note[-1])
    assert played.platform.ports.responder.requests[0].risk.level == rag_pb2.RISK_LEVEL_ELEVATED


def test_crisis_cancels_retrieval_and_the_safety_protocol_speaks() -> None:
    def prepare(platform: Platform) -> None:
        platform.ports.retriever.delay = HANGS

    played = play(prepare, "I am in danger")
    request = played.platform.ports.responder.requests[0]
    assert request.risk.bypass_generation
    assert not request.passages
    assert played.turn.technique == "safety_protocol"
    assert played.turn.safety.level == rag_pb2.RISK_LEVEL_HIGH
    assert [line.name for line in played.turn.safety.helplines] == ["Somebody"]
    assert not played.turn.degraded
    assert not played.turn.timings_ms.HasField("retrieval_ms")
    assert played.seconds < 1, "nobody waited for the retrieval"


def test_crisis_with_rag_down_is_answered_with_our_own_safety_wording() -> None:
    def prepare(platform: Platform) -> None:
        platform.ports.responder.error = DOWN

    played = play(prepare, "I am in danger")
    assert played.turn.reply == " ".join(fallback_wording().crisis)
    assert played.turn.technique == "safety_protocol"
    assert played.turn.safety.helplines


def test_reply_that_breaks_off_is_closed_politely() -> None:
    def prepare(platform: Platform) -> None:
        platform.ports.responder.error = DOWN
        platform.ports.responder.sentences_before_error = 2

    played = play(prepare)
    assert played.turn.reply == "I hear you. That sounds hard. " + fallback_wording().unfinished[0]


def test_synthesis_that_dies_midway_leaves_the_rest_as_text() -> None:
    async def run() -> None:
        platform = Platform()
        platform.ports.speaker.delay = 0.1
        session = await platform.start()
        async with platform.talking(session) as client:
            turn_id = await client.say("I feel low")
            await client.expect("reply_audio", turn_id)
            platform.ports.speaker.error = DOWN
            turn = (await client.expect("turn_completed", turn_id)).turn_completed.turn
            assert list(turn.degraded) == ["synthesis"]
            assert len(client.of("reply_delta")) == 3

    run_virtually(run())


def test_audio_comes_in_order_with_the_next_sentence_in_the_making() -> None:
    def prepare(platform: Platform) -> None:
        platform.ports.speaker.delay = 0.1
        platform.ports.responder.sentences = tuple(f"Sentence {number}." for number in range(6))

    played = play(prepare)
    audio = [event.reply_audio for event in played.client.of("reply_audio")]
    order = [(chunk.sentence_index, chunk.chunk_index) for chunk in audio]
    assert order == [(sentence, chunk) for sentence in range(6) for chunk in range(3)]
    assert [chunk.sentence_finished for chunk in audio[:3]] == [False, False, True]
    assert not audio[2].data
    assert played.platform.ports.speaker.concurrent in (2, 3)


def test_first_audio_does_not_wait_for_the_last_sentence() -> None:
    def prepare(platform: Platform) -> None:
        platform.ports.responder.delay = 1
        platform.ports.speaker.delay = 0.1

    timings = play(prepare).turn.timings_ms
    assert timings.first_text_ms == 1000
    assert timings.first_audio_ms == 1100
    assert timings.reply_ms == 3000
    assert timings.committed_ms >= timings.reply_ms


def test_the_four_questions_are_asked_at_once() -> None:
    def prepare(platform: Platform) -> None:
        for part in (platform.ports.emotions, platform.ports.risks, platform.ports.retriever):
            part.delay = 0.3
        platform.ports.contexts.delay = 0.3

    timings = play(prepare).turn.timings_ms
    assert (timings.emotion_ms, timings.safety_ms, timings.retrieval_ms) == (300, 300, 300)


def test_later_turns_know_the_earlier_ones() -> None:
    async def run() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            await client.expect("turn_completed", await client.say("one"))
            await client.expect("turn_completed", await client.say("two"))
        request = platform.ports.responder.requests[1]
        assert request.history[0].text == "one"
        assert request.history[1].response_id == "response-1"
        assert request.protocol.state_id == "after-0"
        assert request.person.mood_score == 4
        assert list(platform.ports.risks.earlier) == ["one"]

    run_virtually(run())


@pytest.mark.parametrize(("text", "reason"), [("   ", "nothing_heard"), ("x" * 10_001, "too_long")])
def test_words_that_are_no_turn(text: str, reason: str) -> None:
    async def run() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            turn_id = await client.say(text)
            assert (await client.expect("turn_failed", turn_id)).turn_failed.reason == reason
            assert not platform.store.turns

    run_virtually(run())


def test_other_words_under_a_used_turn_id_are_not_answered_with_the_old_turn() -> None:
    async def run() -> None:
        platform = Platform()
        async with platform.talking(await platform.start()) as client:
            turn_id = await client.say("I feel sad about work")
            await client.expect("turn_completed", turn_id)
            await client.say("I want to die", turn_id)
            failed = (await client.expect("turn_failed", turn_id)).turn_failed
            assert failed.reason == "turn_id_taken"

    run_virtually(run())


def test_turn_id_of_another_session_is_refused() -> None:
    async def run() -> None:
        platform = Platform()
        session, other = await platform.start(), await platform.start()
        async with platform.talking(session) as client:
            turn_id = await client.say("mine")
            await client.expect("turn_completed", turn_id)
        async with platform.talking(other) as client:
            await client.say("mine too", turn_id)
            failed = (await client.expect("turn_failed", turn_id)).turn_failed
            assert (failed.reason, failed.retryable) == ("turn_id_taken", False)

    run_virtually(run())


def test_unexpected_error_fails_the_turn_and_not_the_conversation(monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            platform.ports.responder.sentences = (None,)  # type: ignore[assignment]
            failed = (await client.expect("turn_failed", await client.say("hello"))).turn_failed
            assert (failed.reason, failed.retryable) == ("internal", True)
            platform.ports.responder.sentences = ("Hello.",)
            await client.expect("turn_completed", await client.say("hello again"))

    run_virtually(run())


@dataclass(frozen=True, slots=True)
class Interruption:
    heard: tuple[int, ...]
    reply: str
    unheard: str


INTERRUPTIONS = [
    Interruption((), "", "I hear you. That sounds hard. What happened then?"),
    Interruption((0,), "I hear you.", "That sounds hard. What happened then?"),
    Interruption((0, 1, 2), "I hear you. That sounds hard. What happened then?", ""),
]

Interrupt = Callable[[Client, str], Awaitable[None]]


@pytest.mark.parametrize("case", INTERRUPTIONS)
def test_what_was_not_heard_is_not_part_of_the_transcript(case: Interruption) -> None:
    async def run() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            turn_id = await client.say("I feel low")
            await client.expect("turn_completed", turn_id)
            await asyncio.sleep(1.5)
            for index in case.heard:
                heard = pb.PlaybackProgress(turn_id=str(turn_id), sentence_index=index, sentence_finished=True)
                await client.send(playback=heard)
            await client.send(interrupt=pb.Interrupt())
            await asyncio.sleep(1)
        turn = platform.store.turns[turn_id].turn
        assert (turn.reply, turn.unheard_reply) == (case.reply, case.unheard)
        assert turn.timings.get("playback_started_ms") == (1500 if case.heard else None)

    run_virtually(run())


def test_interrupt_stops_the_audio_of_a_running_turn() -> None:
    async def run() -> None:
        platform = Platform()
        platform.ports.speaker.delay = 1
        session = await platform.start()
        async with platform.talking(session) as client:
            turn_id = await client.say("I feel low")
            await client.expect("reply_audio", turn_id)
            await client.send(interrupt=pb.Interrupt(turn_id=str(turn_id)))
            turn = (await client.expect("turn_completed", turn_id)).turn_completed.turn
            assert len(client.of("reply_audio")) == 1
            assert (turn.reply, turn.unheard_reply.split(".")[0]) == ("", "I hear you")
            assert not turn.degraded

    run_virtually(run())


def test_reply_that_was_shown_cannot_be_unheard() -> None:
    async def run() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session, pb.Open(text_only=True)) as client:
            turn_id = await client.say("I feel low")
            await client.expect("turn_completed", turn_id)
            await client.send(interrupt=pb.Interrupt())
            await client.hang_up()
        assert not platform.store.turns[turn_id].turn.unheard_reply

    run_virtually(run())


@pytest.mark.parametrize(
    ("text", "risks_down", "level"),
    [
        ("I am in danger", False, rag_pb2.RISK_LEVEL_HIGH),
        ("I feel low", True, rag_pb2.RISK_LEVEL_ELEVATED),
        ("I feel low", False, None),
    ],
)
def test_without_the_store_danger_is_still_answered_with_helplines(
    text: str, risks_down: bool, level: rag_pb2.RiskLevel.ValueType | None
) -> None:
    async def run() -> None:
        platform = Platform()
        session = await platform.start()
        async with platform.talking(session) as client:
            platform.turns.failing_recalls = 1
            platform.ports.risks.error = DOWN if risks_down else None
            failed = await client.expect("turn_failed", await client.say(text))
            assert failed.turn_failed.retryable
            notices = [event.safety.safety for event in client.of("safety")]
            assert [notice.level for notice in notices] == ([] if level is None else [level])
            assert all(notice.helplines for notice in notices)

    run_virtually(run())
