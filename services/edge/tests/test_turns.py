"""Turns that pass through: their spans, and the moment when none is in flight."""

import pytest

from voicecbt.edge.conversations import Conversations
from voicecbt.edge.turns import Turns
from voicecbt.stubs.session.v1 import session_pb2

pytestmark = pytest.mark.unit

TRACEPARENT = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"


def started(turn_id: str, traceparent: str = TRACEPARENT) -> session_pb2.ConverseResponse:
    event = session_pb2.TurnStarted(traceparent=traceparent)
    return session_pb2.ConverseResponse(turn_id=turn_id, turn_started=event)


def completed(turn_id: str) -> session_pb2.ConverseResponse:
    return session_pb2.ConverseResponse(turn_id=turn_id, turn_completed=session_pb2.TurnCompleted())


def failed(turn_id: str) -> session_pb2.ConverseResponse:
    return session_pb2.ConverseResponse(turn_id=turn_id, turn_failed=session_pb2.TurnFailed())


def ended(spans, trace_id: str = "0af7651916cd43dd8448eb211c80319c") -> list[str]:
    found = [span for span in spans.get_finished_spans() if f"{span.context.trace_id:032x}" == trace_id]
    return [span.attributes["voicecbt.outcome"] for span in found]


@pytest.fixture(autouse=True)
def _fresh(spans):
    spans.clear()


def test_a_turn_is_a_span_in_its_own_trace(spans):
    with Turns() as turns:
        turns.follow(started("one"))
        assert ended(spans) == []
        turns.follow(completed("one"))
        assert ended(spans) == ["turn_completed"]


def test_a_failed_turn_ends_too(spans):
    with Turns() as turns:
        turns.follow(started("one"))
        turns.follow(failed("one"))
    assert ended(spans) == ["turn_failed"]


def test_a_turn_in_flight_ends_with_its_conversation(spans):
    with Turns() as turns:
        turns.follow(started("one"))
    assert ended(spans) == ["disconnected"]


def test_a_turn_without_a_trace_has_no_span(spans):
    with Turns() as turns:
        turns.follow(started("one", traceparent=""))
        assert not turns.idle.is_set()
        turns.follow(completed("one"))
        assert turns.idle.is_set()
    assert spans.get_finished_spans() == ()


def test_idle_means_no_turn_in_flight():
    turns = Turns()
    assert turns.idle.is_set()
    for event, idle in (
        (started("one"), False),
        (started("one"), False),
        (started("two"), False),
        (completed("one"), False),
        (session_pb2.ConverseResponse(turn_id="two", reply_delta=session_pb2.ReplyDelta()), False),
        (completed("two"), True),
        (completed("never seen"), True),
    ):
        turns.follow(event)
        assert turns.idle.is_set() is idle


async def test_draining_waits_for_conversations():
    conversations = Conversations()
    with conversations.one():
        assert await conversations.drain(0) is False
        assert conversations.draining.is_set()
    assert await conversations.drain(1) is True
