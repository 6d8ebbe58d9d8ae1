"""The domain events of sessions and turns: ids and numbers, never words."""

from uuid import UUID

from voicecbt.session.repository.sealing import risk_name
from voicecbt.session.turn.record import NewTurn, label_name
from voicecbt.stubs.events.v1 import events_pb2


def session_started(user_id: UUID, session_id: UUID, session_type: str) -> events_pb2.Event:
    """A session was started."""
    payload = events_pb2.SessionStarted(session_id=str(session_id), session_type=session_type)
    return events_pb2.Event(user_id=str(user_id), session_started=payload)


def session_ended(user_id: UUID, session_id: UUID, duration_seconds: int, turn_count: int) -> events_pb2.Event:
    """A session was ended, by the person or by the sweep."""
    payload = events_pb2.SessionEnded(
        session_id=str(session_id), duration_seconds=duration_seconds, turn_count=turn_count
    )
    return events_pb2.Event(user_id=str(user_id), session_ended=payload)


def turn_rated(user_id: UUID, session_id: UUID, turn_id: UUID, satisfaction: int) -> events_pb2.Event:
    """A reply was rated, 1 to 5."""
    payload = events_pb2.TurnRated(session_id=str(session_id), turn_id=str(turn_id), satisfaction=satisfaction)
    return events_pb2.Event(user_id=str(user_id), turn_rated=payload)


def turn_committed(user_id: UUID, turn: NewTurn, index: int) -> events_pb2.Event:
    """A turn was committed. Emotions are left out when the estimate abstained: it says nothing."""
    estimate = turn.emotion
    emotions = () if estimate is None or estimate.abstained else tuple(estimate.probabilities)
    payload = events_pb2.TurnCommitted(
        session_id=str(turn.session_id),
        turn_id=str(turn.turn_id),
        index=index,
        emotions={label_name(each.label): each.probability for each in emotions},
        technique=turn.technique,
        risk_level=risk_name(turn.safety.level),
        response_time_ms=turn.response_time_ms,
        stages=[
            events_pb2.StageTiming(service=run.service, duration_ms=run.duration_ms, failed=run.failed)
            for run in turn.stages
        ],
    )
    return events_pb2.Event(user_id=str(user_id), traceparent=turn.traceparent, turn_committed=payload)
