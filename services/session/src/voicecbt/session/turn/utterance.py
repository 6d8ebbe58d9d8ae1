"""What starts a turn: something that was said or typed."""

from dataclasses import dataclass
from uuid import UUID

from voicecbt.stubs.transcription.v1.transcription_pb2 import FinalTranscript


@dataclass(frozen=True, slots=True)
class Utterance:
    """One thing said by the person, and the clock's reading when they finished saying it."""

    turn_id: UUID
    transcript: FinalTranscript
    # Clock.monotonic() at the end of speech, or at the arrival of typed text: the origin of all the turn's timings.
    ended_at: float
    # Mono PCM16 at 16 kHz, at most 60 s; empty for typed text.
    audio: bytes = b""

    @property
    def text(self) -> str:
        """What was said, without surrounding white space."""
        return self.transcript.text.strip()

    @property
    def spoken(self) -> bool:
        """True unless it was typed."""
        return bool(self.audio)
