"""Writes Opus packets as an Ogg stream (RFC 3533, RFC 7845), which libsndfile can decode."""

import functools
import struct
from collections.abc import Iterator

from voicecbt.transcription.audio.errors import Damaged

BEGINS, ENDS = 0x02, 0x04
SERIAL = 1
MAX_LACED = 255  # bytes in a full segment
MAX_SEGMENTS = 255  # in a page
CRC_POLYNOMIAL = 0x04C11DB7
GRANULES_PER_MS = 48  # Opus counts time at 48 kHz whatever the input was
MAX_PACKET_MS = 120
# RFC 6716 table 2: milliseconds of a frame by the configuration number in a packet's first byte.
FRAME_MS = (10.0, 20.0, 40.0, 60.0) * 3 + (10.0, 20.0) * 2 + (2.5, 5.0, 10.0, 20.0) * 4


def opus_to_ogg(header: bytes, packets: tuple[bytes, ...]) -> bytes:
    """An Ogg/Opus file of packets and their OpusHead. Raises Damaged for what cannot be an Opus packet."""
    return b"".join(_pages(header, packets))


def packet_ms(packet: bytes) -> float:
    """Duration of an Opus packet (RFC 6716 section 3.1). Raises Damaged."""
    frame_ms = FRAME_MS[packet[0] >> 3]
    code = packet[0] & 3
    if code == 3 and len(packet) < 2:
        raise Damaged("an Opus packet is broken")
    frames = packet[1] & 0x3F if code == 3 else (1, 2, 2)[code]
    if not 0 < frames * frame_ms <= MAX_PACKET_MS:
        raise Damaged("an Opus packet is broken: it would last longer than 120 ms or not at all")
    return frames * frame_ms


def _pages(header: bytes, packets: tuple[bytes, ...]) -> Iterator[bytes]:
    comment = b"OpusTags" + struct.pack("<I", 0) + struct.pack("<I", 0)
    yield _page(header, 0, 0, BEGINS)
    yield _page(comment, 0, 1, 0)
    elapsed_ms = 0.0
    for index, packet in enumerate(packets):
        elapsed_ms += packet_ms(packet)
        last = ENDS if index == len(packets) - 1 else 0
        yield _page(packet, round(elapsed_ms * GRANULES_PER_MS), index + 2, last)


def _page(packet: bytes, granule: int, sequence: int, flags: int) -> bytes:
    full, rest = divmod(len(packet), MAX_LACED)
    if full + 1 > MAX_SEGMENTS:
        raise Damaged("an Opus packet is broken: it is larger than any can be")
    lacing = bytes([MAX_LACED] * full + [rest])
    head = struct.pack("<4sBBqIII", b"OggS", 0, flags, granule, SERIAL, sequence, 0)
    page = head + bytes([len(lacing)]) + lacing + packet
    return page[:22] + struct.pack("<I", _crc(page)) + page[26:]


def _crc(data: bytes) -> int:
    """The CRC of RFC 3533: unreflected, starting at zero (zlib's is another one)."""
    table = _crc_table()
    crc = 0
    for byte in data:
        crc = (crc << 8 & 0xFFFF_FFFF) ^ table[crc >> 24 ^ byte]
    return crc


@functools.cache
def _crc_table() -> tuple[int, ...]:
    return tuple(_crc_of_byte(byte) for byte in range(256))


def _crc_of_byte(byte: int) -> int:
    crc = byte << 24
    for _ in range(8):
        crc = (crc << 1) ^ (CRC_POLYNOMIAL if crc & 0x8000_0000 else 0)
    return crc & 0xFFFF_FFFF
