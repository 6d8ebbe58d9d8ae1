"""A stored turn as the message of the contract."""

from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.session.turn.record import StoredTurn
from voicecbt.stubs.session.v1.turn_pb2 import Turn, TurnTimings


def to_turn(stored: StoredTurn) -> Turn:
    """`session.v1.Turn`."""
    turn = stored.turn
    time = Timestamp()
    time.FromDatetime(turn.time)
    return Turn(
        turn_id=str(turn.turn_id),
        index=stored.index,
        time=time,
        transcript=turn.transcript,
        language=turn.language,
        emotion=turn.emotion,
        safety=turn.safety,
        reply=turn.reply,
        technique=turn.technique,
        citations=turn.citations,
        timings_ms=TurnTimings(**turn.timings),
        satisfaction=stored.satisfaction,
        degraded=turn.degraded,
        unheard_reply=turn.unheard_reply,
        protocol=turn.protocol,
    )
