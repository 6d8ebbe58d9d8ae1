"""Where a turn's events go: to whoever is listening, and nowhere once nobody is."""

from typing import Protocol

from voicecbt.stubs.session.v1 import session_pb2, turn_pb2
from voicecbt.stubs.transcription.v1 import transcription_pb2

Event = (
    session_pb2.Opened
    | transcription_pb2.SpeechStarted
    | transcription_pb2.SpeechStopped
    | transcription_pb2.PartialTranscript
    | session_pb2.TurnStarted
    | transcription_pb2.FinalTranscript
    | turn_pb2.EmotionDetected
    | session_pb2.SafetyNotice
    | session_pb2.ReplyDelta
    | session_pb2.ReplyAudio
    | session_pb2.TurnCompleted
    | session_pb2.TurnFailed
    | session_pb2.Degraded
    | session_pb2.ProtocolError
    | session_pb2.ServerHeartbeat
)


class Listener(Protocol):
    """The receiving end of a conversation."""

    async def send(self, event: Event, turn_id: str = "") -> None:
        """Hands the event over in order. Returns without effect when nobody listens any more; never raises."""
