"""Live streams over real gRPC, with the real models."""

import asyncio
import itertools

import grpc
import numpy as np
import pytest
import soxr

from voicecbt.stubs.transcription.v1 import transcription_pb2 as pb

pytestmark = pytest.mark.integration

SENTENCE = "I was so nervous before the meeting that my hands would not stop shaking."
ANSWER = "Then I went home and took a long walk by the river."
TOLERANCE_MS = 100
AUDIBLE = 0.005  # -46 dBFS


def finals(events):
    return [event.final for event in events if event.HasField("final")]


def kinds(events):
    return [event.WhichOneof("event") for event in events]


async def test_an_utterance_is_heard_from_start_to_end(client, say, silence, talk):
    samples = np.concatenate([silence(1.0), say(SENTENCE), silence(1.5)])
    events = await client.stream(talk(samples))
    assert kinds(events) == ["speech_started", "speech_stopped", "final"]
    final = finals(events)[0]
    assert "nervous before the meeting" in final.text.lower()
    assert final.language == "en"
    assert final.confidence > 0.5
    assert final.model_version.startswith("whisper-base")


async def test_offsets_are_right_at_known_joins(client, say, silence, talk):
    first, second = say(SENTENCE), say(ANSWER)
    samples = np.concatenate([silence(1.0), first, silence(1.2), second, silence(1.0)])
    heard = finals(await client.stream(talk(samples)))
    begins = [1000, 1000 + first.size // 16 + 1200]
    for final, begin, spoken in zip(heard, begins, (first, second), strict=True):
        loud = np.flatnonzero(np.abs(spoken) > AUDIBLE) // 16
        assert abs(final.start_ms - (begin + loud[0])) <= TOLERANCE_MS
        assert abs(final.end_ms - (begin + loud[-1])) <= TOLERANCE_MS
    assert "meeting" in heard[0].text
    assert "river" in heard[1].text


async def test_streaming_says_the_same_as_the_whole_file(client, say, silence, talk, file_of):
    samples = np.concatenate([silence(0.5), say(SENTENCE), silence(1.0)])
    streamed = finals(await client.stream(talk(samples)))
    whole = await client.transcribe(file_of(samples), language="en")
    assert [final.text for final in streamed] == [whole.text]


@pytest.mark.parametrize("rate_hz", [8_000, 44_100, 48_000])
async def test_other_sample_rates_are_understood(client, say, silence, talk, rate_hz):
    samples = soxr.resample(np.concatenate([say(ANSWER), silence(1.0)]), 16_000, rate_hz)
    heard = finals(await client.stream(talk(samples, ms=100, rate_hz=rate_hz)))
    assert "long walk" in heard[0].text
    assert abs(heard[0].end_ms - say(ANSWER).size // 16) < 400


async def test_flush_ends_the_utterance_without_waiting(client, say, talk, flush):
    events = await client.stream([*talk(say(ANSWER)), flush])
    assert kinds(events) == ["speech_started", "speech_stopped", "final"]
    assert finals(events)[0].endpoint_delay_ms < 700
    assert "river" in finals(events)[0].text


async def test_flush_of_nothing_is_answered_by_an_empty_transcript(client, silence, talk, flush):
    events = await client.stream([*talk(silence(0.5)), flush, flush])
    assert kinds(events) == ["final", "final"]
    assert [final.text for final in finals(events)] == ["", ""]


async def test_half_close_answers_what_was_said(client, say, talk):
    assert "river" in finals(await client.stream(talk(say(ANSWER))))[0].text


async def test_a_longer_silence_keeps_an_utterance_together(client, say, silence, talk):
    samples = np.concatenate([say(SENTENCE), silence(1.2), say(ANSWER), silence(0.2)])
    heard = finals(await client.stream(talk(samples, end_of_turn_silence_ms=3000)))
    assert len(heard) == 1
    assert "meeting" in heard[0].text
    assert "river" in heard[0].text


async def test_patience_can_change_within_a_stream(client, say, silence, talk):
    patient = pb.StreamTranscribeRequest(
        reconfigure=pb.StreamConfig(encoding=pb.ENCODING_PCM16, language="en", end_of_turn_silence_ms=3000)
    )
    opening, *audio = talk(np.concatenate([say(SENTENCE), silence(1.2), say(ANSWER)]))
    assert len(finals(await client.stream([opening, patient, *audio]))) == 1


async def test_partials_come_while_the_person_speaks(client, say, talk):
    heard = asyncio.Event()

    async def goes_on_speaking_until_heard():
        opening, *audio = talk(say(SENTENCE), ms=100, partials=True)
        yield opening
        for request in itertools.cycle(audio):
            yield request
            if heard.is_set():
                return
            await asyncio.sleep(0.05)

    events = []
    async for event in client.stub.StreamTranscribe(goes_on_speaking_until_heard(), timeout=60):
        events.append(event)
        if event.HasField("partial"):
            heard.set()
    partial = next(event.partial for event in events if event.HasField("partial"))
    assert "nervous" in partial.text.lower()
    assert partial.stable_length == 0
    assert kinds(events)[-1] == "final"


async def test_silence_alone_says_nothing(client, silence, talk):
    assert await client.stream(talk(silence(3.0), ms=100)) == []


async def test_a_client_that_vanishes_leaves_the_service_working(client, say, talk):
    call = client.stub.StreamTranscribe(iter(talk(say(SENTENCE), ms=100)), timeout=60)
    await call.read()
    call.cancel()
    assert "river" in finals(await client.stream(talk(say(ANSWER))))[0].text


async def test_several_streams_share_the_recogniser(client, say, talk):
    texts = [SENTENCE, ANSWER, SENTENCE]
    streams = await asyncio.gather(*(client.stream(talk(say(text))) for text in texts))
    heard = [finals(events)[0].text for events in streams]
    assert [("river" in text) for text in heard] == [False, True, False]


def config(**fields):
    return pb.StreamTranscribeRequest(config=pb.StreamConfig(**{"encoding": pb.ENCODING_PCM16, **fields}))


AUDIO = pb.StreamTranscribeRequest(audio=bytes(640))


@pytest.mark.parametrize(
    ("requests", "complaint"),
    [
        ([], "config"),
        ([AUDIO], "config"),
        ([config(), config()], "config"),
        ([config(), pb.StreamTranscribeRequest(audio=bytes(641))], "odd number"),
        ([config(), pb.StreamTranscribeRequest(audio=bytes(32_002))], "longer than 1 s"),
        ([config(), pb.StreamTranscribeRequest(audio=bytes(96_002))], "audio"),
        ([config(encoding=pb.ENCODING_OPUS)], "only ENCODING_PCM16"),
        ([config(sample_rate_hz=4000)], "sample_rate_hz"),
        ([config(sample_rate_hz=96_000)], "sample_rate_hz"),
        ([config(end_of_turn_silence_ms=50)], "end_of_turn_silence_ms"),
        ([config(end_of_turn_silence_ms=9000)], "end_of_turn_silence_ms"),
        ([config(language="tlh")], "language"),
        ([config(), pb.StreamTranscribeRequest()], "request"),
    ],
)
async def test_what_breaks_the_contract_is_refused_and_said_why(client, requests, complaint):
    error = await client.refused(requests)
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert complaint in error.details()


async def test_the_sample_rate_cannot_change_within_a_stream(client):
    change = pb.StreamTranscribeRequest(reconfigure=pb.StreamConfig(encoding=pb.ENCODING_PCM16, sample_rate_hz=48_000))
    error = await client.refused([config(), AUDIO, change])
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert "cannot change" in error.details()
