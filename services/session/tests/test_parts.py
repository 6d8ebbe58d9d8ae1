"""The small parts: the ring, the frame order, playback, the outgoing queue, the fallback wording, domain rules."""

import asyncio
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.kit.errors import InvalidArgument
from voicecbt.session.conversation.audio_ring import BYTES_PER_MS, AudioRing
from voicecbt.session.conversation.frames import FrameOrder
from voicecbt.session.conversation.outgoing import MAX_WAITING, Outgoing, to_response
from voicecbt.session.domain import outcome_metrics, with_emotion
from voicecbt.session.repository.page_tokens import PageToken
from voicecbt.session.testing.virtual_time import NothingWillHappen, run_virtually
from voicecbt.session.turn.fallback import LanguageTag, fallback_wording
from voicecbt.session.turn.playback import Playback
from voicecbt.stubs.session.v1 import session_pb2 as pb

pytestmark = pytest.mark.unit


@given(st.lists(st.integers(1, 200), max_size=60), st.integers(0, 4000), st.integers(0, 4000))
def test_ring_gives_back_what_was_put_in(lengths: list[int], start: int, end: int) -> None:
    ring, everything = AudioRing(seconds=2), b""
    for number, milliseconds in enumerate(lengths):
        pcm = bytes([number % 251]) * (milliseconds * BYTES_PER_MS)
        everything += pcm
        ring.append(pcm)
    cut = ring.cut(start, end)
    wanted = everything[start * BYTES_PER_MS : end * BYTES_PER_MS]
    assert wanted.endswith(cut)
    assert len(cut) <= 2000 * BYTES_PER_MS
    kept_from = max(0, len(everything) - 2000 * BYTES_PER_MS)
    if start * BYTES_PER_MS >= kept_from and end - start <= 2000:
        assert cut == wanted


def test_restarted_ring_counts_from_zero() -> None:
    ring = AudioRing()
    ring.append(b"\x01\x00" * 1600)
    ring.restart()
    ring.append(b"\x02\x00" * 1600)
    assert ring.cut(0, 10) == b"\x02\x00" * 160


def frame(sequence: int, milliseconds: int = 20) -> pb.AudioFrame:
    return pb.AudioFrame(sequence=sequence, data=b"\x00\x00" * (16 * milliseconds))


def test_frames_in_order_are_fine_up_to_200_ms() -> None:
    order = FrameOrder()
    assert order.check(frame(0)) is None
    assert order.check(frame(1, 200)) is None
    problem = order.check(frame(2, 201))
    assert problem
    assert problem.fatal


def test_repeated_frame_is_dropped_and_a_gap_is_bridged() -> None:
    order = FrameOrder()
    order.check(frame(0))
    repeated = order.check(frame(0))
    assert repeated
    assert (repeated.field, repeated.usable, repeated.fatal) == ("audio.sequence", False, False)
    gap = order.check(frame(5))
    assert gap
    assert (gap.field, gap.usable, gap.fatal) == ("audio.sequence", True, False)
    assert order.check(frame(6)) is None


def test_playback_splits_at_what_was_heard_to_its_end() -> None:
    async def scenario() -> None:
        playback = Playback(spoken=True, sentences={0: "One.", 1: "Two."})
        assert playback.split() == ("One. Two.", "")
        playback.acknowledge(0, sentence_finished=True, at=1.0)
        playback.acknowledge(1, sentence_finished=False, at=2.0)
        playback.interrupt()
        assert playback.started_at == 1.0
        assert playback.split() == ("One.", "Two.")
        assert playback.stopped.is_set()

    run_virtually(scenario())


def test_slow_client_is_given_up_and_blocks_nobody() -> None:
    async def scenario() -> None:
        outgoing = Outgoing()
        for _ in range(MAX_WAITING + 5):
            await outgoing.send(pb.ServerHeartbeat())
        assert outgoing.gone.is_set()
        await outgoing.finish()
        assert [response async for response in outgoing.responses()] == []

    run_virtually(scenario())


def test_finished_stream_gives_everything_first() -> None:
    async def scenario() -> None:
        outgoing = Outgoing()
        await outgoing.send(pb.ServerHeartbeat())
        await outgoing.send(pb.TurnStarted(), "some-turn")
        await outgoing.finish()
        responses = [response async for response in outgoing.responses()]
        assert [response.WhichOneof("event") for response in responses] == ["heartbeat", "turn_started"]
        assert responses[1].turn_id == "some-turn"

    run_virtually(scenario())


def test_every_event_has_an_envelope() -> None:
    fields = pb.ConverseResponse.DESCRIPTOR.oneofs_by_name["event"].fields
    for field in fields:
        event = getattr(pb.ConverseResponse(), field.name)
        assert to_response(3, type(event)(), "turn").WhichOneof("event") == field.name


def test_virtual_loop_finds_unbounded_waits_and_jumps_over_bounded_ones() -> None:
    with pytest.raises(NothingWillHappen):
        run_virtually(asyncio.Event().wait())
    run_virtually(asyncio.sleep(7 * 24 * 3600))


@pytest.mark.parametrize(
    ("tag", "country"),
    [("en-GB", "GB"), ("en-us", "US"), ("en", ""), ("", ""), ("zh-Hant-TW", "TW"), ("es-419", "")],
)
def test_country_of_a_language_tag(tag: str, country: str) -> None:
    assert LanguageTag(tag).country == country


def test_helplines_are_never_empty_and_replies_take_turns() -> None:
    wording = fallback_wording()
    for country in ["", "US", "GB", "IE", "AU", "NZ", "CA", "FR"]:
        lines = wording.helplines_for(country)
        assert all(line.name and (line.phone or line.text or line.url) for line in lines)
        assert lines
    assert wording.reply(0) != wording.reply(1)


def test_emotion_summary_counts_only_what_was_seen() -> None:
    assert with_emotion({"fear": 1}, "fear") == {"fear": 2}
    assert with_emotion({}, "") == {}


def test_outcome_metrics() -> None:
    assert outcome_metrics([5, 4, 4]) == {"rated_turns": 3, "mean_satisfaction": 4.33}
    assert outcome_metrics([]) == {"rated_turns": 0}


@given(st.datetimes(timezones=st.just(UTC)), st.uuids())
def test_page_tokens_come_back(start_time: datetime, session_id: UUID) -> None:
    token = PageToken(start_time, session_id)
    assert PageToken.parse(token.text()) == token


@pytest.mark.parametrize("text", ["nonsense", "\x00", "é", "MjAyNg==", "MjAyNi0wMS0wMQ==", "a" * 200])
def test_forged_page_tokens_are_refused(text: str) -> None:
    with pytest.raises(InvalidArgument, match="page_token"):
        PageToken.parse(text)
