"""Cuts long speech into pieces that Whisper can take, in the pauses between words."""

from collections.abc import Iterator, Sequence

import numpy as np

from voicecbt.transcription.domain import SAMPLE_RATE_HZ, Samples, SpeechSpan, to_samples
from voicecbt.transcription.voice_activity import FRAME_SAMPLES, PRE_ROLL_MS

MAX_SEGMENT_SECONDS = 28  # Whisper takes 30; the margin is for the pre-roll and the post-roll
# A longer stretch costs less per second, but Whisper loses its way across long silences.
MAX_JOINED_GAP_MS = 1500
CUT_WINDOW_SECONDS = 10  # a piece is cut at the quietest place of its last ten seconds
PAUSE_FRAMES = 5  # the place is judged over 160 ms: shorter dips are inside words
POST_ROLL_MS = 400  # soft endings (t, s) fall below the threshold; measured together with the pre-roll


def segments(spans: Sequence[SpeechSpan], probabilities: Samples, total: int) -> list[SpeechSpan]:
    """Pieces of at most 28 s that together hold all `spans`, widened by the pre-roll and the post-roll.

    `probabilities` are those of the frames of the audio, which is `total` samples long.
    """
    widened = [_widen(span, total) for span in spans]
    return list(_join(piece for span in widened for piece in _cut(span, probabilities)))


def _widen(span: SpeechSpan, total: int) -> SpeechSpan:
    return SpeechSpan(
        max(0, span.start - to_samples(PRE_ROLL_MS)),
        min(total, span.end + to_samples(POST_ROLL_MS)),
    )


def _join(pieces: Iterator[SpeechSpan]) -> Iterator[SpeechSpan]:
    current: SpeechSpan | None = None
    for piece in pieces:
        if current is None:
            current = piece
        elif _belongs(current, piece):
            current = SpeechSpan(current.start, piece.end)
        else:
            yield current
            current = SpeechSpan(max(piece.start, current.end), piece.end)
    if current is not None:
        yield current


def _belongs(current: SpeechSpan, piece: SpeechSpan) -> bool:
    near = piece.start - current.end <= to_samples(MAX_JOINED_GAP_MS)
    return near and piece.end - current.start <= MAX_SEGMENT_SECONDS * SAMPLE_RATE_HZ


def _cut(span: SpeechSpan, probabilities: Samples) -> Iterator[SpeechSpan]:
    start = span.start
    while span.end - start > MAX_SEGMENT_SECONDS * SAMPLE_RATE_HZ:
        latest = start + MAX_SEGMENT_SECONDS * SAMPLE_RATE_HZ
        at = _quietest(probabilities, latest - CUT_WINDOW_SECONDS * SAMPLE_RATE_HZ, latest)
        yield SpeechSpan(start, at)
        start = at
    yield SpeechSpan(start, span.end)


def _quietest(probabilities: Samples, earliest: int, latest: int) -> int:
    first = earliest // FRAME_SAMPLES + 1
    window = probabilities[first : latest // FRAME_SAMPLES]
    smooth = np.convolve(window, np.full(PAUSE_FRAMES, 1 / PAUSE_FRAMES), mode="valid")
    return (first + int(smooth.argmin()) + PAUSE_FRAMES // 2) * FRAME_SAMPLES
