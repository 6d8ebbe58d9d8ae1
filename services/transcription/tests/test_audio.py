"""Recordings of every kind, and what is no recording. Decoders run in process, on bytes made here."""

import io
import struct

import numpy as np
import pytest
import soundfile
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.transcription.audio import AudioError, decode
from voicecbt.transcription.audio.decoding import MAX_SECONDS
from voicecbt.transcription.audio.errors import Damaged, NotAudio, TooLong, TooShort, UnsupportedAudio

pytestmark = pytest.mark.unit


def tone(seconds=1.0, rate_hz=16_000, peak=0.5, hz=440):
    return (peak * np.sin(2 * np.pi * hz * np.arange(int(seconds * rate_hz)) / rate_hz)).astype(np.float32)


def encoded(samples, rate_hz=16_000, form="WAV", subtype="PCM_16"):
    buffer = io.BytesIO()
    soundfile.write(buffer, samples, rate_hz, format=form, subtype=subtype)
    return buffer.getvalue()


def loudest_hz(samples):
    return np.abs(np.fft.rfft(samples)).argmax() * 16_000 / samples.size


@pytest.mark.parametrize("subtype", ["PCM_U8", "PCM_16", "PCM_24", "PCM_32", "FLOAT", "DOUBLE"])
def test_wav_of_any_sample_format(subtype):
    recording = decode(encoded(tone(), subtype=subtype))
    assert recording.duration_ms == 1000
    np.testing.assert_allclose(recording.samples, tone(), atol=0.02)


@pytest.mark.parametrize("rate_hz", [8_000, 11_025, 22_050, 44_100, 48_000, 96_000])
@pytest.mark.parametrize(("form", "subtype"), [("WAV", "PCM_16"), ("FLAC", "PCM_16")])
def test_any_sample_rate_keeps_length_and_pitch(rate_hz, form, subtype):
    recording = decode(encoded(tone(rate_hz=rate_hz), rate_hz, form, subtype))
    assert recording.duration_ms == pytest.approx(1000, abs=1)
    assert loudest_hz(recording.samples) == pytest.approx(440, abs=2)


@pytest.mark.parametrize("subtype", ["OPUS", "VORBIS"])
def test_ogg(subtype):
    recording = decode(encoded(tone(rate_hz=48_000), 48_000, "OGG", subtype))
    assert recording.duration_ms == pytest.approx(1000, abs=30)
    assert loudest_hz(recording.samples) == pytest.approx(440, abs=2)


def test_channels_are_averaged():
    left, right = tone(hz=440), tone(hz=1000)
    recording = decode(encoded(np.stack([left, right], axis=1)))
    np.testing.assert_allclose(recording.samples, (left + right) / 2, atol=1e-3)


def test_what_is_over_full_scale_is_clipped():
    recording = decode(encoded(tone(peak=4.0), subtype="FLOAT"))
    assert np.abs(recording.samples).max() == 1.0


def test_a_wav_whose_recorder_did_not_know_its_length_is_read_to_its_end():
    data = encoded(tone())
    for unknown in (0xFFFF_FFFF, 0x7FFF_FFFF - 36):
        patched = data.replace(b"data" + struct.pack("<I", 32_000), b"data" + struct.pack("<I", unknown))
        assert decode(patched).duration_ms == 1000


@pytest.mark.parametrize(
    "data",
    [b"", b"x", b"hello, this is no sound at all", b"%PDF-1.7" + bytes(100), b"\x89PNG" + bytes(100), bytes(1000)],
)
def test_what_is_not_audio_is_said_to_be_none(data):
    with pytest.raises(NotAudio, match="send WAV"):
        decode(data)


@pytest.mark.parametrize("samples", [0, 1, 1599])
def test_less_than_100_ms_is_too_short(samples):
    with pytest.raises(TooShort, match="audio is shorter than 100 ms"):
        decode(encoded(tone()[:samples]))


@pytest.mark.parametrize(
    ("form", "subtype"), [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "OPUS"), ("OGG", "VORBIS")]
)
@pytest.mark.parametrize("keep", [0.02, 0.5, 0.98])
def test_a_file_that_is_cut_short_is_refused(form, subtype, keep):
    data = encoded(tone(rate_hz=48_000), 48_000, form, subtype)
    with pytest.raises(Damaged):
        decode(data[: int(len(data) * keep)])


@pytest.mark.parametrize("header", [b"fLaC", b"OggS", b"\x1aE\xdf\xa3", b"RIFF\0\0\0\0WAVE"])
def test_a_header_alone_is_damaged(header):
    with pytest.raises(Damaged):
        decode(header)


@pytest.mark.parametrize("rate_hz", [4_000, 192_000])
def test_sample_rates_that_no_microphone_has_are_refused(rate_hz):
    with pytest.raises(UnsupportedAudio, match=f"{rate_hz} Hz"):
        decode(encoded(tone(rate_hz=rate_hz), rate_hz))


def test_too_many_channels_are_refused():
    with pytest.raises(UnsupportedAudio, match="9 channels"):
        decode(encoded(np.zeros((16_000, 9), np.float32)))


@pytest.mark.parametrize("poison", [np.nan, np.inf])
def test_samples_that_are_no_numbers_are_refused(poison):
    samples = tone()
    samples[100] = poison
    with pytest.raises(Damaged, match="not numbers"):
        decode(encoded(samples, subtype="FLOAT"))


def test_a_small_file_that_unfolds_to_too_much_is_stopped():
    bomb = encoded(np.zeros((MAX_SECONDS + 5) * 8_000, np.int16), 8_000, "FLAC")
    assert len(bomb) < 100_000
    with pytest.raises(TooLong, match="10 minutes"):
        decode(bomb)


def test_ten_minutes_are_taken():
    longest = encoded(np.zeros(MAX_SECONDS * 8_000, np.int16), 8_000, "FLAC")
    assert decode(longest).duration_ms == MAX_SECONDS * 1000


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.sampled_from([b"RIFF\0\0\0\0WAVE", b"fLaC", b"OggS\0", b"\x1aE\xdf\xa3", b""]))
def test_any_bytes_are_decoded_or_refused_by_name(rest, magic):
    try:
        decode(magic + rest)
    except AudioError as error:
        assert str(error)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_a_damaged_file_is_decoded_or_refused_by_name(data):
    form, subtype = data.draw(st.sampled_from([("WAV", "PCM_16"), ("FLAC", "PCM_16"), ("OGG", "OPUS")]))
    broken = bytearray(encoded(tone(0.2, 48_000), 48_000, form, subtype))
    for _ in range(data.draw(st.integers(1, 8))):
        broken[data.draw(st.integers(0, len(broken) - 1))] = data.draw(st.integers(0, 255))
    try:
        recording = decode(bytes(broken))
    except AudioError as error:
        assert str(error)
    else:
        assert np.isfinite(recording.samples).all()
