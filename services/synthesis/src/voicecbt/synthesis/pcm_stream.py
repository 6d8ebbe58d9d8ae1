"""From synthesised pieces to one continuous PCM16 stream in small chunks, without overload."""

from collections.abc import Iterable, Iterator

import numpy as np
import soxr
from numpy.typing import NDArray

from voicecbt.kit.audio import float_to_pcm16

CHUNK_MS = 100  # half of what the contract allows: the listener's player starts sooner
# -1 dBFS: lossy codecs and resampling on the way to the ear overshoot full scale by a little.
PEAK_LIMIT = 0.89

Samples = NDArray[np.float32]


def pcm_chunks(pieces: Iterable[Samples], from_hz: int, to_hz: int) -> Iterator[bytes]:
    """Mono PCM16 of all pieces in a row, at `to_hz`, in chunks of at most 100 ms.

    Each piece is float32 at `from_hz`; one that is too loud is turned down as a whole.
    """
    resampler = soxr.ResampleStream(from_hz, to_hz, 1, dtype="float32")
    chunk_samples = to_hz * CHUNK_MS // 1000
    rest: Samples = np.zeros(0, dtype=np.float32)
    for piece in pieces:
        rest = np.concatenate((rest, resampler.resample_chunk(limited(piece))))
        while rest.size >= chunk_samples:
            yield float_to_pcm16(rest[:chunk_samples])
            rest = rest[chunk_samples:]
    rest = np.concatenate((rest, resampler.resample_chunk(np.zeros(0, dtype=np.float32), last=True)))
    for start in range(0, rest.size, chunk_samples):
        yield float_to_pcm16(rest[start : start + chunk_samples])


def limited(samples: Samples) -> Samples:
    """The same sound, turned down if its peak is above -1 dBFS."""
    peak = float(np.abs(samples).max(initial=0.0))
    return samples if peak <= PEAK_LIMIT else (samples * (PEAK_LIMIT / peak)).astype(np.float32)
