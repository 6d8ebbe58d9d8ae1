"""Settings of the synthesis service: VOICECBT_SYNTHESIS_<NAME>."""

from pydantic import Field

from voicecbt.kit.settings import ServiceSettings, service_config


class Settings(ServiceSettings):
    """What the service is told."""

    model_config = service_config("synthesis")

    model: str = Field("hibari-tts", description="Name of the synthesis model in the model store.")
    default_voice: str = Field("heart", description="The voice of requests that name none.")
    synthesis_threads: int = Field(
        1, ge=1, le=64, description="Threads that one synthesis uses; one thread is far faster than real time."
    )
