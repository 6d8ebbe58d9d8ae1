"""The part of a live stream that is still needed: what is being said, or the little before it may begin."""

from collections import deque

import numpy as np

from voicecbt.transcription.domain import Listened, Samples, SpeechSpan, to_samples
from voicecbt.transcription.voice_activity import FRAME_SAMPLES, MIN_SPEECH_MS, PRE_ROLL_MS

# What a speech start that is only known MIN_SPEECH_MS later can reach back to, in frames.
REACH_BACK_FRAMES = to_samples(PRE_ROLL_MS + MIN_SPEECH_MS) // FRAME_SAMPLES + 1


class RecentAudio:
    """Frames of 512 samples with their speech probabilities, from `start` samples into the stream."""

    def __init__(self) -> None:
        self._frames: deque[tuple[Samples, float]] = deque()
        self._start = 0

    def append(self, frame: Samples, probability: float) -> None:
        """Keep the next frame of the stream."""
        self._frames.append((frame, probability))

    def keep_reach_back(self) -> None:
        """Nobody speaks: forget all that the next utterance cannot need."""
        while len(self._frames) > REACH_BACK_FRAMES:
            self._forget_one()

    def forget_before(self, offset: int) -> None:
        """Forget whole frames that end at or before `offset` samples into the stream."""
        while self._frames and self._start + FRAME_SAMPLES <= offset:
            self._forget_one()

    def listened(self, speech: SpeechSpan) -> tuple[Listened, SpeechSpan]:
        """What is kept, and where in it `speech` (given in samples of the stream) lies."""
        samples = np.concatenate([frame for frame, _ in self._frames])
        probabilities = np.array([probability for _, probability in self._frames], dtype=np.float32)
        span = SpeechSpan(max(0, speech.start - self._start), speech.end - self._start)
        return Listened(samples, probabilities), span

    def _forget_one(self) -> None:
        self._frames.popleft()
        self._start += FRAME_SAMPLES


class Framer:
    """Cuts a stream of samples into frames of 512, keeping the rest for the next call."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, dtype=np.float32)

    def frames(self, samples: Samples) -> list[Samples]:
        """The whole frames that are complete now."""
        joined = np.concatenate((self._rest, samples))
        whole = joined.size - joined.size % FRAME_SAMPLES
        self._rest = joined[whole:]
        return list(joined[:whole].reshape(-1, FRAME_SAMPLES))

    def last(self) -> list[Samples]:
        """The rest, filled up with silence; empty when there is none."""
        if not self._rest.size:
            return []
        padding = np.zeros(FRAME_SAMPLES - self._rest.size, dtype=np.float32)
        return self.frames(padding)
