"""The session service's settings, from VOICECBT_SESSION_* and VOICECBT_*."""

from pydantic import Field

from voicecbt.kit.settings import DatabaseSettings, RedisSettings, ServiceSettings, service_config


class Settings(DatabaseSettings, RedisSettings, ServiceSettings):
    """What the orchestrator is told."""

    model_config = service_config("session")

    transcription_address: str = Field(description="Address of the transcription service.")
    emotion_address: str = Field(description="Address of the emotion service.")
    rag_address: str = Field(description="Address of the rag service.")
    synthesis_address: str = Field(description="Address of the synthesis service.")
    journal_address: str = Field(description="Address of the journal service.")
    idle_minutes: float = Field(30, gt=0, description="A session without any sign of life for so long is ended.")
    conversations_per_person: int = Field(
        5, gt=0, description="Open conversations of one person in a process; beyond it, their oldest is closed."
    )
    client_silence_seconds: float = Field(
        900, gt=0, description="A conversation whose client sends nothing, not even a heartbeat, for so long is closed."
    )
