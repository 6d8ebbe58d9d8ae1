"""The person's latest audio, so that an utterance can be cut out once it is known where it began."""

RING_SECONDS = 60  # The longest utterance that emotion takes.
SAMPLE_RATE_HZ = 16_000
BYTES_PER_MS = SAMPLE_RATE_HZ * 2 // 1000


class AudioRing:
    """The last 60 s of mono PCM16 at 16 kHz, addressed by milliseconds since the first frame or the last restart."""

    def __init__(self, seconds: int = RING_SECONDS) -> None:
        self._capacity = seconds * 1000 * BYTES_PER_MS
        self._kept = bytearray()
        self._dropped = 0

    def append(self, pcm: bytes) -> None:
        """Adds whole samples, forgetting the oldest beyond the capacity."""
        self._kept += pcm
        # Trimmed in steps of a tenth, so that a frame costs a copy of itself and not of the whole ring.
        if len(self._kept) > self._capacity * 11 // 10:
            self._forget(len(self._kept) - self._capacity)

    def cut(self, start_ms: int, end_ms: int) -> bytes:
        """The audio between two offsets, or what is still kept of it; at most the ring's seconds, the latest ones."""
        end = end_ms * BYTES_PER_MS - self._dropped
        start = max(start_ms * BYTES_PER_MS - self._dropped, end - self._capacity, 0)
        return bytes(self._kept[start:end]) if end > start else b""

    def restart(self) -> None:
        """Forgets everything; offsets count from 0 again."""
        self._kept.clear()
        self._dropped = 0

    def _forget(self, count: int) -> None:
        del self._kept[:count]
        self._dropped += count
