"""Between the contract's messages and the domain."""

from voicecbt.session.domain import NewSession, Session, SessionStatus, SessionType
from voicecbt.stubs.session.v1 import session_pb2

_TYPES: dict[SessionType, session_pb2.SessionType.ValueType] = {
    SessionType.VOICE: session_pb2.SESSION_TYPE_VOICE,
    SessionType.TEXT: session_pb2.SESSION_TYPE_TEXT,
}
_STATUS: dict[SessionStatus, session_pb2.SessionStatus.ValueType] = {
    SessionStatus.ACTIVE: session_pb2.SESSION_STATUS_ACTIVE,
    SessionStatus.ENDED: session_pb2.SESSION_STATUS_ENDED,
}


def to_session(session: Session) -> session_pb2.Session:
    """`session.v1.Session`."""
    message = session_pb2.Session(
        session_id=str(session.session_id),
        status=_STATUS[session.status],
        session_type=_TYPES[session.session_type],
        turn_count=session.turn_count,
        emotion_summary=session.emotion_summary,
        therapeutic_goals=session.therapeutic_goals,
    )
    message.start_time.FromDatetime(session.start_time)
    if session.end_time is not None and session.duration is not None:
        message.end_time.FromDatetime(session.end_time)
        message.duration.FromTimedelta(session.duration)
    return message


def from_start(request: session_pb2.StartSessionRequest) -> NewSession:
    """What is asked for; a session is spoken unless said otherwise."""
    typed = request.session_type == session_pb2.SESSION_TYPE_TEXT
    return NewSession(
        idempotency_key=request.idempotency_key,
        session_type=SessionType.TEXT if typed else SessionType.VOICE,
        therapeutic_goals=tuple(request.therapeutic_goals),
    )
