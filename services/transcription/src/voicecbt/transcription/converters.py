"""Between the contract and the domain; refuses what the contract's own rules cannot express."""

from collections.abc import Collection

from voicecbt.kit.errors import InvalidArgument
from voicecbt.stubs.transcription.v1 import transcription_pb2 as pb
from voicecbt.transcription.domain import SAMPLE_RATE_HZ, Word, to_ms
from voicecbt.transcription.live_events import Audio, Final, Flush, LiveEvent, LiveInput, Partial, StreamOptions
from voicecbt.transcription.recordings import RecordingTranscript
from voicecbt.transcription.voice_activity import SpeechStarted, SpeechStopped

MIN_RATE_HZ, MAX_RATE_HZ = 8_000, 48_000
MIN_END_SILENCE_MS, MAX_END_SILENCE_MS = 200, 5_000
BYTES_PER_SAMPLE = 2


def to_language(tag: str, known: Collection[str]) -> str:
    """The model's name of a BCP 47 tag (`en` for `en-GB`); empty stays empty. Raises InvalidArgument."""
    language = tag.split("-")[0].lower()
    if language and language not in known:
        raise InvalidArgument("language", "is not a language that is recognised; leave it empty to have it detected")
    return language


def to_options(config: pb.StreamConfig, known: Collection[str], default_silence_ms: int) -> StreamOptions:
    """Raises InvalidArgument."""
    if config.encoding != pb.ENCODING_PCM16:
        raise InvalidArgument("encoding", "only ENCODING_PCM16 is accepted in this version")
    rate_hz = config.sample_rate_hz or SAMPLE_RATE_HZ
    if not MIN_RATE_HZ <= rate_hz <= MAX_RATE_HZ:
        raise InvalidArgument("sample_rate_hz", f"must be 0 or {MIN_RATE_HZ} to {MAX_RATE_HZ}")
    silence_ms = config.end_of_turn_silence_ms or default_silence_ms
    if not MIN_END_SILENCE_MS <= silence_ms <= MAX_END_SILENCE_MS:
        raise InvalidArgument("end_of_turn_silence_ms", f"must be 0 or {MIN_END_SILENCE_MS} to {MAX_END_SILENCE_MS}")
    return StreamOptions(rate_hz, to_language(config.language, known), silence_ms, config.partials)


def to_input(
    request: pb.StreamTranscribeRequest, opened: StreamOptions, known: Collection[str], default_silence_ms: int
) -> LiveInput:
    """A message of a stream that was opened with `opened`. Raises InvalidArgument."""
    match request.WhichOneof("request"):
        case "audio":
            return _to_audio(request.audio, opened.sample_rate_hz)
        case "flush":
            return Flush()
        case "reconfigure":
            options = to_options(request.reconfigure, known, default_silence_ms)
            if options.sample_rate_hz != opened.sample_rate_hz:
                raise InvalidArgument("sample_rate_hz", "cannot change within a stream; open another one")
            return options
        case _:
            raise InvalidArgument("config", "is sent once, as the first message; use reconfigure")


def _to_audio(pcm: bytes, rate_hz: int) -> Audio:
    if len(pcm) % BYTES_PER_SAMPLE:
        raise InvalidArgument("audio", "holds an odd number of bytes; PCM16 samples have two each")
    if len(pcm) > rate_hz * BYTES_PER_SAMPLE:
        raise InvalidArgument("audio", "is longer than 1 s; send shorter messages")
    return Audio(pcm)


def to_response(heard: RecordingTranscript, model_version: str) -> pb.TranscribeResponse:
    """The answer to Transcribe."""
    transcript = heard.transcript
    return pb.TranscribeResponse(
        text=transcript.text,
        language=transcript.language,
        language_probability=transcript.language_probability,
        duration_ms=heard.duration_ms,
        speech_ms=heard.speech_ms,
        confidence=transcript.confidence,
        words=[_to_word(word) for word in transcript.words],
        model_version=model_version,
    )


def to_event(event: LiveEvent, model_version: str) -> pb.StreamTranscribeResponse:
    """An event of StreamTranscribe."""
    match event:
        case SpeechStarted(offset):
            return pb.StreamTranscribeResponse(speech_started=pb.SpeechStarted(offset_ms=to_ms(offset)))
        case SpeechStopped():
            return pb.StreamTranscribeResponse(speech_stopped=pb.SpeechStopped(offset_ms=to_ms(event.offset)))
        case Partial(text):
            # Whisper may reword all of it until the utterance is over.
            return pb.StreamTranscribeResponse(partial=pb.PartialTranscript(text=text, stable_length=0))
        case Final():
            return pb.StreamTranscribeResponse(final=_to_final(event, model_version))


def _to_final(event: Final, model_version: str) -> pb.FinalTranscript:
    return pb.FinalTranscript(
        text=event.transcript.text,
        language=event.transcript.language,
        language_probability=event.transcript.language_probability,
        confidence=event.transcript.confidence,
        start_ms=to_ms(event.start),
        end_ms=to_ms(event.end),
        recognition_ms=event.recognition_ms,
        endpoint_delay_ms=to_ms(event.endpoint_delay),
        model_version=model_version,
        traceparent=event.traceparent,
    )


def _to_word(word: Word) -> pb.Word:
    return pb.Word(text=word.text, start_ms=word.start_ms, end_ms=word.end_ms, probability=word.probability)
