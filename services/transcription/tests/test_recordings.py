"""Transcribe over real gRPC, with the real models."""

import asyncio
import itertools

import grpc
import numpy as np
import psutil
import pytest
import soxr

from voicecbt.transcription.plausibility import is_heard

pytestmark = pytest.mark.integration

SENTENCE = "I was so nervous before the meeting that my hands would not stop shaking."


@pytest.mark.parametrize(
    ("form", "subtype"), [("WAV", "PCM_16"), ("WAV", "FLOAT"), ("FLAC", "PCM_16"), ("OGG", "OPUS")]
)
async def test_words_come_back_from_every_container(client, say, file_of, form, subtype):
    answer = await client.transcribe(file_of(say(SENTENCE), form=form, subtype=subtype), language="en-GB")
    assert "nervous before the meeting" in answer.text.lower()
    assert answer.language == "en"
    assert answer.duration_ms == pytest.approx(say(SENTENCE).size // 16, abs=30)
    assert 0.6 * answer.duration_ms < answer.speech_ms <= answer.duration_ms
    assert 0.5 < answer.confidence <= 1
    assert answer.model_version.startswith("whisper-base/")


@pytest.mark.parametrize("rate_hz", [8_000, 96_000])
async def test_telephone_and_studio_rates_are_understood(client, say, file_of, rate_hz):
    samples = soxr.resample(say(SENTENCE), 16_000, rate_hz)
    answer = await client.transcribe(file_of(samples, rate_hz), language="en")
    assert "nervous" in answer.text.lower()


async def test_stereo_and_clipped_speech_is_understood(client, say, file_of):
    clipped = np.clip(say(SENTENCE) * 20, -1, 1)
    stereo = np.stack([clipped, say(SENTENCE)], axis=1)
    answer = await client.transcribe(file_of(stereo), language="en")
    assert "meeting" in answer.text.lower()


async def test_the_language_is_detected_when_none_is_given(client, say, file_of):
    answer = await client.transcribe(file_of(say(SENTENCE)))
    assert answer.language == "en"
    assert answer.language_probability > 0.5


async def test_words_are_timed_when_asked_for(client, say, silence, file_of):
    samples = np.concatenate([silence(2.0), say(SENTENCE)])
    answer = await client.transcribe(file_of(samples), language="en", word_timestamps=True)
    assert " ".join(word.text for word in answer.words) == answer.text
    for one, other in itertools.pairwise(answer.words):
        assert one.start_ms <= one.end_ms <= other.start_ms + 20
    assert answer.words[0].end_ms > 2000
    assert answer.words[-1].end_ms <= answer.duration_ms
    assert all(0 < word.probability <= 1 for word in answer.words)
    meeting = next(word for word in answer.words if word.text.startswith("meeting"))
    assert 3000 < meeting.start_ms < 5000


def pink(size, random):
    spectrum = np.fft.rfft(random.standard_normal(size))
    noise = np.fft.irfft(spectrum / np.sqrt(np.arange(1, spectrum.size + 1)), size)
    return 0.4 * noise / np.abs(noise).max()


def noises():
    random, time = np.random.default_rng(7), np.arange(8 * 16_000) / 16_000
    clicks = np.zeros(time.size)
    clicks[::8000] = 1.0
    typing = np.zeros(time.size)
    for at in random.integers(0, time.size - 400, 24):
        typing[at : at + 400] += 0.4 * random.standard_normal(400) * np.exp(-np.arange(400) / 60)
    return {
        "silence": np.zeros(time.size),
        "offset": np.full(time.size, 0.3),
        "white": 0.2 * random.standard_normal(time.size),
        "faint": 0.003 * random.standard_normal(time.size),
        "pink": pink(time.size, random),
        "hum": 0.3 * np.sin(2 * np.pi * 50 * time) + 0.1 * np.sin(2 * np.pi * 150 * time),
        "clicks": clicks,
        "typing": typing,
        "breath": pink(time.size, random) * np.maximum(0, np.sin(2 * np.pi * 0.3 * time)),
    }


@pytest.mark.parametrize("name", sorted(noises()))
async def test_where_nobody_speaks_no_words_are_invented(client, file_of, name):
    answer = await client.transcribe(file_of(noises()[name].clip(-1, 1).astype(np.float32)))
    assert answer.text == ""
    assert answer.speech_ms == 0
    assert answer.duration_ms == 8000


@pytest.mark.parametrize("name", sorted(noises()))
def test_the_models_own_doubt_would_also_refuse_noise(models, name):
    samples = noises()[name].clip(-1, 1).astype(np.float32)
    assert not is_heard(models.whisper.recognise(samples, "en"))


async def test_ten_minutes_are_transcribed_in_bounded_memory(client, say, silence, file_of):
    spoken = say(SENTENCE)
    gap = silence((600 - 3 * spoken.size / 16_000) / 3 - 0.01)
    recording = file_of(np.concatenate([spoken, gap] * 3), form="FLAC")
    before = psutil.Process().memory_info().rss
    answer = await client.transcribe(recording, language="en")
    grown = psutil.Process().memory_info().rss - before
    assert answer.text.lower().count("nervous") == 3
    assert answer.duration_ms > 599_000
    assert answer.speech_ms < 30_000
    assert grown < 400 << 20


async def test_speech_longer_than_the_models_window_is_joined(client, say, file_of):
    long = np.concatenate([say(f"This is part {number} of my story.") for number in ("one", "two", "three")] * 6)
    assert long.size > 30 * 16_000
    answer = await client.transcribe(file_of(long), language="en")
    assert answer.text.lower().count("of my story") >= 16


@pytest.mark.parametrize(
    ("audio", "complaint"),
    [(b"", "audio"), (b"hello", "not a recording"), (b"RIFF\0\0\0\0WAVE", "no sound"), (b"OggS", "cut short")],
)
async def test_what_is_no_recording_is_refused_and_said_why(client, audio, complaint):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await client.transcribe(audio)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert complaint in raised.value.details()


async def test_one_sample_is_too_short(client, file_of):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await client.transcribe(file_of(np.zeros(1, np.float32)))
    assert "audio is shorter than 100 ms" in raised.value.details()


async def test_an_unknown_language_is_refused(client, say, file_of):
    with pytest.raises(grpc.aio.AioRpcError) as raised:
        await client.transcribe(file_of(say(SENTENCE)), language="xx")
    assert "language" in raised.value.details()


async def test_more_recordings_at_once_than_fit_are_refused(client, say, silence, file_of):
    recording = file_of(np.concatenate([say(SENTENCE), silence(60)]))
    outcomes = await asyncio.gather(*(client.transcribe(recording) for _ in range(8)), return_exceptions=True)
    refused = [outcome for outcome in outcomes if isinstance(outcome, grpc.aio.AioRpcError)]
    assert {error.code() for error in refused} == {grpc.StatusCode.RESOURCE_EXHAUSTED}
    assert 1 <= len(refused) <= 4


async def test_a_caller_that_goes_away_leaves_the_service_working(client, say, file_of):
    long = client.abandonable(file_of(np.tile(say(SENTENCE), 10)))
    await asyncio.sleep(0.2)
    long.cancel()
    answer = await client.transcribe(file_of(say(SENTENCE)), language="en")
    assert "nervous" in answer.text.lower()
