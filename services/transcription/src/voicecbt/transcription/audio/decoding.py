"""Decodes a recording to what the models take: 16 kHz mono float32."""

import io
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from voicecbt.transcription.audio.containers import Container, check_complete, sniff
from voicecbt.transcription.audio.errors import Damaged, TooLong, TooShort, UnsupportedAudio
from voicecbt.transcription.audio.ogg import opus_to_ogg
from voicecbt.transcription.audio.webm import read_opus

SAMPLE_RATE_HZ = 16_000
MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 96_000  # telephone to studio
MAX_CHANNELS = 8  # 7.1; more is not a recording of a person speaking
MIN_SECONDS = 0.1  # shorter than any spoken word
MAX_SECONDS = 600
UNKNOWN_FRAMES_FROM = 1 << 40  # what libsndfile says of a FLAC stream whose length was not written down
BLOCK_SECONDS = 1.0  # decoded at a time, so that a small file that unfolds to hours is stopped early

Samples = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Recording:
    """Decoded sound: `samples` at 16 kHz, mono, in [-1, 1]."""

    samples: Samples

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds."""
        return self.samples.size * 1000 // SAMPLE_RATE_HZ


def decode(data: bytes) -> Recording:
    """Decode WAV, FLAC, Ogg or WebM/Opus of 0.1 s to 10 minutes.

    Several channels are averaged. Raises AudioError: NotAudio, Damaged, UnsupportedAudio, TooShort or TooLong.
    """
    container = sniff(data)
    check_complete(container, data)
    if container is Container.WEBM:
        track = read_opus(data)
        data = opus_to_ogg(track.header, track.packets)
    try:
        with soundfile.SoundFile(io.BytesIO(data)) as file:
            _check_format(file.samplerate, file.channels)
            samples = _read_all(file)
    except soundfile.LibsndfileError as error:
        raise Damaged(f"the {container.value} file is broken: {error.error_string}") from error
    return Recording(samples)


def _check_format(rate_hz: int, channels: int) -> None:
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise UnsupportedAudio(f"sample rate {rate_hz} Hz; {MIN_RATE_HZ} to {MAX_RATE_HZ} Hz are read")
    if channels > MAX_CHANNELS:
        raise UnsupportedAudio(f"{channels} channels; up to {MAX_CHANNELS} are read")


def _read_all(file: soundfile.SoundFile) -> Samples:
    resampler = soxr.ResampleStream(file.samplerate, SAMPLE_RATE_HZ, 1, dtype="float32")
    pieces = [resampler.resample_chunk(block) for block in _mono_blocks(file)]
    pieces.append(resampler.resample_chunk(np.zeros(0, np.float32), last=True))
    samples: Samples = np.clip(np.concatenate(pieces), -1.0, 1.0)
    return samples


def _mono_blocks(file: soundfile.SoundFile) -> Iterator[Samples]:
    read = 0
    while (block := file.read(int(file.samplerate * BLOCK_SECONDS), dtype="float32", always_2d=True)).size:
        read += len(block)
        if read > MAX_SECONDS * file.samplerate:
            raise TooLong(f"audio is longer than {MAX_SECONDS // 60} minutes; send it in parts")
        mono = block.mean(axis=1, dtype=np.float32)
        if not np.isfinite(mono).all():
            raise Damaged("the file holds samples that are not numbers")
        yield mono
    _check_length(read, file)


def _check_length(read: int, file: soundfile.SoundFile) -> None:
    if read < MIN_SECONDS * file.samplerate:
        raise TooShort("audio is shorter than 100 ms")
    if file.format == "FLAC" and read < file.frames < UNKNOWN_FRAMES_FROM:
        raise Damaged(f"the file is cut short: it promises {file.frames} samples and holds {read}")
