"""Settings of the transcription service: VOICECBT_TRANSCRIPTION_<NAME>."""

from pydantic import Field

from voicecbt.kit.settings import ServiceSettings, service_config
from voicecbt.transcription.converters import MAX_END_SILENCE_MS, MIN_END_SILENCE_MS
from voicecbt.transcription.voice_activity import END_OF_TURN_SILENCE_MS


class Settings(ServiceSettings):
    """What the service is told."""

    model_config = service_config("transcription")

    model: str = Field("whisper-base", description="Name of the recognition model in the model store.")
    recognition_threads: int = Field(2, ge=1, le=64, description="Threads that one recognition uses.")
    listening_threads: int = Field(
        2, ge=1, le=64, description="Threads that detect voice activity for all live streams together."
    )
    decoding_threads: int = Field(
        1,
        ge=1,
        le=64,
        description="Threads that decode recordings; their own, so that live streams never wait for a file.",
    )
    expected_language: str = Field(
        "en", min_length=2, max_length=3, description="Taken when no language is given and none is clearly detected."
    )
    end_of_turn_silence_ms: int = Field(
        END_OF_TURN_SILENCE_MS,
        ge=MIN_END_SILENCE_MS,
        le=MAX_END_SILENCE_MS,
        description="Silence that ends an utterance, unless a stream asks for another.",
    )
    waiting_recognitions: int = Field(
        64, ge=1, description="Recognitions that may wait for the model; more are refused with RESOURCE_EXHAUSTED."
    )
    recordings_at_once: int = Field(
        4, ge=1, description="Recordings in work; more are refused. Each takes up to 110 MB (10 minutes decoded)."
    )
