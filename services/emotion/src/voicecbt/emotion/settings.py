"""Settings of the emotion service: VOICECBT_EMOTION_<NAME>."""

from pydantic import Field

from voicecbt.kit.settings import ServiceSettings, service_config


class Settings(ServiceSettings):
    """What the service is told."""

    model_config = service_config("emotion")

    enabled: bool = Field(
        True, description="False refuses every request with FAILED_PRECONDITION; nothing is computed or kept."
    )
    threads: int = Field(2, ge=1, le=64, description="Utterances in work at once.")
    waiting_utterances: int = Field(
        64, ge=0, le=10_000, description="Utterances that may wait for a thread; more get RESOURCE_EXHAUSTED."
    )
