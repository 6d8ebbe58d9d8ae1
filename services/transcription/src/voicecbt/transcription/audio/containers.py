"""Tells containers apart by their first bytes, and whether one holds all that it promises."""

import struct
from collections.abc import Iterator
from enum import Enum

from voicecbt.transcription.audio.errors import Damaged, NotAudio

# Recorders that write to a pipe cannot know the size yet and leave a huge number or none.
UNKNOWN_SIZE_FROM = 0x7FFF_0000
OGG_HEADER_BYTES = 27
OGG_SEGMENT_COUNT_AT = 26


class Container(Enum):
    """The containers that are read."""

    WAV = "WAV"
    FLAC = "FLAC"
    OGG = "Ogg"
    WEBM = "WebM"


def sniff(data: bytes) -> Container:
    """The container of a recording. Raises NotAudio."""
    if data[:4] in (b"RIFF", b"RF64") and data[8:12] == b"WAVE":
        return Container.WAV
    for magic, container in ((b"fLaC", Container.FLAC), (b"OggS", Container.OGG), (b"\x1aE\xdf\xa3", Container.WEBM)):
        if data.startswith(magic):
            return container
    raise NotAudio("this is not a recording; send WAV, FLAC, Ogg/Opus or WebM/Opus")


def check_complete(container: Container, data: bytes) -> None:
    """Raises Damaged when a WAV or Ogg file ends before it says it does.

    libsndfile silently reads what is left of such files. FLAC is checked while it is decoded, WebM while it is parsed.
    """
    if container is Container.WAV:
        _check_wav(data)
    elif container is Container.OGG:
        _check_ogg(data)


def _check_wav(data: bytes) -> None:
    for name, size, at in _riff_chunks(data):
        if name == b"data":
            if size < UNKNOWN_SIZE_FROM and at + size > len(data):
                raise Damaged(f"the file is cut short: it promises {size} bytes of sound and holds {len(data) - at}")
            return
    raise Damaged("the WAV file has no sound in it")


def _riff_chunks(data: bytes) -> Iterator[tuple[bytes, int, int]]:
    at = 12
    while at + 8 <= len(data):
        name, size = struct.unpack_from("<4sI", data, at)
        yield name, size, at + 8
        at += 8 + size + size % 2  # Chunks are padded to even sizes.


def _check_ogg(data: bytes) -> None:
    at = 0
    while at < len(data):
        if data[at : at + 4] != b"OggS":
            raise Damaged(f"the Ogg file is broken at byte {at}")
        table = at + OGG_HEADER_BYTES
        if table > len(data):
            raise Damaged("the file is cut short in the middle of an Ogg page")
        segments = data[at + OGG_SEGMENT_COUNT_AT]
        at = table + segments + sum(data[table : table + segments])
    if at > len(data):
        raise Damaged("the file is cut short in the middle of an Ogg page")
