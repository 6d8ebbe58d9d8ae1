"""Whether an audio frame is what the protocol says: the next in sequence, and whole samples of 10 to 200 ms."""

from dataclasses import dataclass

from voicecbt.session.conversation.audio_ring import BYTES_PER_MS
from voicecbt.stubs.session.v1.session_pb2 import AudioFrame

MAX_FRAME_MS = 200


@dataclass(frozen=True, slots=True)
class FrameProblem:
    """What is wrong with a frame. A fatal one ends the conversation; `usable` tells whether its audio counts."""

    field: str
    message: str
    fatal: bool = False
    usable: bool = False


class FrameOrder:
    """Follows the sequence of frames through one conversation."""

    def __init__(self) -> None:
        self._expected = 0

    def check(self, frame: AudioFrame) -> FrameProblem | None:
        """None for a good frame. A gap is forgiven, since lost audio does not come back; a repetition is dropped."""
        if len(frame.data) % 2:
            return FrameProblem("audio.data", "must hold whole 16-bit samples: an even number of bytes", fatal=True)
        if len(frame.data) > MAX_FRAME_MS * BYTES_PER_MS:
            return FrameProblem("audio.data", f"must be at most {MAX_FRAME_MS} ms of 16 kHz audio", fatal=True)
        expected, self._expected = self._expected, max(self._expected, frame.sequence + 1)
        if frame.sequence < expected:
            return FrameProblem("audio.sequence", f"expected {expected}, got {frame.sequence}: dropped")
        if frame.sequence > expected:
            return FrameProblem("audio.sequence", f"expected {expected}, got {frame.sequence}: audio is missing",
                                usable=True)  # fmt: skip
        return None
