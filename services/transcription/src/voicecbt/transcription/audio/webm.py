"""Reads the Opus packets out of WebM, as browsers' MediaRecorder writes it (RFC 8794, RFC 9559).

Own code because the packaged demultiplexer (PyAV) brings GPL libraries along. Elements are read flat: of a parent only
the header is taken, so that live recordings, whose clusters have no known size, need no special care.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

from voicecbt.transcription.audio.errors import Damaged, UnsupportedAudio

SEGMENT, CLUSTER, BLOCK_GROUP = 0x18538067, 0x1F43B675, 0xA0
TRACKS, TRACK_ENTRY = 0x1654AE6B, 0xAE
TRACK_NUMBER, CODEC_ID, CODEC_PRIVATE, CONTENT_ENCODINGS = 0xD7, 0x86, 0x63A2, 0x6D80
SIMPLE_BLOCK, BLOCK = 0xA3, 0xA1
PARENTS = frozenset({SEGMENT, CLUSTER, BLOCK_GROUP, TRACKS, TRACK_ENTRY})
LACING_BITS = 0x06
BLOCK_HEADER_BYTES = 3  # after the track number: a timestamp of two bytes, and flags


@dataclass(frozen=True, slots=True)
class OpusTrack:
    """`header` is the OpusHead (RFC 7845 section 5.1); `packets` are in order of time."""

    header: bytes
    packets: tuple[bytes, ...]


@dataclass(slots=True)
class _Track:
    number: int = 0
    codec: str = ""
    header: bytes = b""
    encoded: bool = False


@dataclass(slots=True)
class _Reading:
    tracks: list[_Track] = field(default_factory=list)
    blocks: list[tuple[int, bytes]] = field(default_factory=list)


def read_opus(data: bytes) -> OpusTrack:
    """The first Opus track of a WebM file. Raises Damaged or UnsupportedAudio."""
    reading = _Reading()
    for element, payload in _elements(data):
        _take(reading, element, payload)
    track = next((each for each in reading.tracks if each.codec == "A_OPUS"), None)
    if track is None:
        found = ", ".join(each.codec for each in reading.tracks if each.codec) or "none"
        raise UnsupportedAudio(f"WebM without an Opus track (found: {found[:80]!a}); record audio/webm;codecs=opus")
    if track.encoded or not track.header.startswith(b"OpusHead"):
        raise UnsupportedAudio("this WebM file is encrypted, compressed twice or has no Opus header")
    packets = tuple(packet for number, packet in reading.blocks if number == track.number and packet)
    if not packets:
        raise Damaged("the WebM file has no sound in it")
    return OpusTrack(track.header, packets)


def _take(reading: _Reading, element: int, payload: bytes) -> None:
    if element in (SIMPLE_BLOCK, BLOCK):
        reading.blocks.append(_packet(payload))
    elif element == TRACK_ENTRY:
        reading.tracks.append(_Track())
    elif reading.tracks:
        _describe(reading.tracks[-1], element, payload)


def _describe(track: _Track, element: int, payload: bytes) -> None:
    if element == TRACK_NUMBER:
        track.number = int.from_bytes(payload)
    elif element == CODEC_ID:
        track.codec = payload.rstrip(b"\0").decode("ascii", "replace")
    elif element == CODEC_PRIVATE:
        track.header = payload
    elif element == CONTENT_ENCODINGS:
        track.encoded = True


def _packet(block: bytes) -> tuple[int, bytes]:
    track, at = _number(block, 0, keep_marker=False)
    if at + BLOCK_HEADER_BYTES > len(block):
        raise Damaged("the WebM file is broken: a block is shorter than its header")
    if block[at + 2] & LACING_BITS:
        raise UnsupportedAudio("WebM with several packets in a block is not read; record with the defaults")
    return track, block[at + BLOCK_HEADER_BYTES :]


def _elements(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Every element in file order; parents come without content, their children follow."""
    at = 0
    while at < len(data):
        element, after_id = _number(data, at, keep_marker=True)
        size, start = _number(data, after_id, keep_marker=False)
        unknown = size == (1 << 7 * (start - after_id)) - 1
        if not unknown and start + size > len(data):
            raise Damaged("the file is cut short in the middle of a WebM element")
        if element in PARENTS:
            yield element, b""
            at = start
        elif unknown:
            raise Damaged("the WebM file is broken: an element without a size")
        else:
            yield element, data[start : start + size]
            at = start + size


def _number(data: bytes, at: int, *, keep_marker: bool) -> tuple[int, int]:
    """An EBML variable-length number and where it ends: as many bytes as the first one has leading zeros, plus one."""
    first = data[at] if at < len(data) else 0
    length = 9 - first.bit_length()
    if first == 0 or at + length > len(data):
        raise Damaged("the WebM file is cut short or broken")
    value = int.from_bytes(data[at : at + length])
    return (value if keep_marker else value & ~(1 << 7 * length)), at + length
