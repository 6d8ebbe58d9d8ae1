"""WAV files."""

import io
import wave


def wav_of(pcm16: bytes, sample_rate_hz: int) -> bytes:
    """Mono PCM16 little-endian samples as a WAV file."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(sample_rate_hz)
        writer.writeframes(pcm16)
    return file.getvalue()
