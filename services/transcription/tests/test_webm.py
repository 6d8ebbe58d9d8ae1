"""WebM/Opus: a file is put together here from real Opus packets, as browsers and as muxers write it."""

import io

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.transcription.audio import AudioError, decode
from voicecbt.transcription.audio.errors import Damaged, UnsupportedAudio
from voicecbt.transcription.audio.ogg import opus_to_ogg, packet_ms
from voicecbt.transcription.audio.webm import read_opus

pytestmark = pytest.mark.unit

UNKNOWN_SIZE = b"\x01\xff\xff\xff\xff\xff\xff\xff"


def element(number, payload, size=None):
    length = size if size is not None else bytes([0x08 | len(payload) >> 32, *len(payload).to_bytes(4)])
    return number.to_bytes((number.bit_length() + 7) // 8) + length + payload


def opus_packets(seconds=1.0):
    """The packets of an Ogg/Opus file: its pages' segments, joined where one runs on."""
    tone = (0.5 * np.sin(2 * np.pi * 440 * np.arange(int(48_000 * seconds)) / 48_000)).astype(np.float32)
    buffer = io.BytesIO()
    soundfile.write(buffer, tone, 48_000, format="OGG", subtype="OPUS")
    data, packets, rest, at = buffer.getvalue(), [], b"", 0
    while at < len(data):
        table = data[at + 27 : at + 27 + data[at + 26]]
        at += 27 + len(table)
        for size in table:
            rest, at = rest + data[at : at + size], at + size
            if size < 255:
                packets.append(rest)
                rest = b""
    return packets[0], packets[2:]


HEADER, PACKETS = opus_packets()


def track(codec=b"A_OPUS", number=1, extra=b""):
    fields = element(0xD7, bytes([number])) + element(0x86, codec) + element(0x63A2, HEADER) + extra
    return element(0xAE, fields)


def simple_block(packet, number=1, flags=0x80):
    return element(0xA3, bytes([0x80 | number, 0, 0, flags]) + packet)


def webm(tracks=None, blocks=None, *, live=True):
    blocks = b"".join(blocks if blocks is not None else map(simple_block, PACKETS))
    size = UNKNOWN_SIZE if live else None
    cluster = element(0x1F43B675, element(0xE7, b"\0") + blocks, size)
    head = element(0x1A45DFA3, element(0x4282, b"webm"))
    return head + element(0x18538067, element(0x1654AE6B, tracks or track()) + cluster, size)


@pytest.mark.parametrize("live", [True, False])
def test_a_recording_of_a_browser_and_of_a_muxer_are_read(live):
    recording = decode(webm(live=live))
    assert recording.duration_ms == pytest.approx(1000, abs=30)
    spectrum = np.abs(np.fft.rfft(recording.samples))
    assert spectrum.argmax() * 16_000 / recording.samples.size == pytest.approx(440, abs=2)


def test_blocks_in_groups_and_other_tracks_are_told_apart():
    video = track(b"V_VP9", number=2)
    blocks = [element(0xA0, element(0xA1, b"\x81\0\0\0" + packet)) for packet in PACKETS]
    blocks.insert(3, simple_block(b"a picture", number=2))
    assert read_opus(webm(video + track(), blocks)).packets == tuple(PACKETS)


def test_the_packets_come_out_as_they_went_in():
    read = read_opus(webm())
    assert read.header == HEADER
    assert read.packets == tuple(PACKETS)


@pytest.mark.parametrize(
    ("file", "complaint"),
    [
        (webm(track(b"A_VORBIS")), "A_VORBIS"),
        (webm(track(b"V_VP8")), "without an Opus track"),
        (webm(track(extra=element(0x6D80, b"\0"))), "encrypted"),
        (webm(blocks=[simple_block(b"x", flags=0x02)]), "several packets"),
    ],
)
def test_what_is_not_read_is_said(file, complaint):
    with pytest.raises(UnsupportedAudio, match=complaint):
        decode(file)


@pytest.mark.parametrize(
    "file",
    [
        webm()[:-5],
        webm(live=False)[: len(webm()) // 2],
        webm(blocks=[]),
        webm(blocks=[simple_block(b"")]),
        webm(blocks=[element(0xA3, b"\x81")]),
        webm(blocks=[simple_block(b"\xff")]),
        webm(blocks=[simple_block(bytes([0x1B, 0x3F]) * 4)]),
        webm(blocks=[element(0xA3, b"x", UNKNOWN_SIZE)]),
    ],
)
def test_what_is_cut_short_or_broken_is_refused(file):
    with pytest.raises(Damaged):
        decode(file)


@pytest.mark.parametrize(
    ("packet", "ms"),
    [(b"\x18", 60.0), (b"\x08", 20.0), (b"\xf8", 20.0), (b"\xe0", 2.5), (b"\xf9", 40.0), (b"\xfb\x03", 60.0)],
)
def test_packets_last_as_long_as_the_standard_says(packet, ms):
    assert packet_ms(packet) == ms


def test_ogg_pages_are_accepted_by_another_reader():
    with soundfile.SoundFile(io.BytesIO(opus_to_ogg(HEADER, tuple(PACKETS)))) as file:
        assert (file.format, file.subtype) == ("OGG", "OPUS")
        assert file.read().size == pytest.approx(48_000, abs=1500)


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_damaged_files_are_decoded_or_refused_by_name(data):
    broken = bytearray(webm(blocks=[simple_block(packet) for packet in PACKETS[:12]]))
    for _ in range(data.draw(st.integers(1, 6))):
        broken[data.draw(st.integers(4, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        decode(bytes(broken))
    except AudioError as error:
        assert str(error)
