"""What the edge is told from outside. Each is read from VOICECBT_EDGE_<NAME>, then from VOICECBT_<NAME>."""

from collections.abc import Mapping
from pathlib import Path

from pydantic import Field

from voicecbt.kit.settings import ServiceSettings, service_config


class Settings(ServiceSettings):
    """The edge's own settings and the addresses of all services, as host:port."""

    model_config = service_config("edge")

    http_address: str = Field("127.0.0.1:18081", description="Address to serve HTTP and WebSockets on; port 0: any.")
    session_address: str = Field("127.0.0.1:0", description="Address of the session service.")
    transcription_address: str = Field("127.0.0.1:0", description="Address of the transcription service.")
    emotion_address: str = Field("127.0.0.1:0", description="Address of the emotion service; readiness only.")
    rag_address: str = Field("127.0.0.1:0", description="Address of the rag service; readiness only.")
    synthesis_address: str = Field("127.0.0.1:0", description="Address of the synthesis service.")
    journal_address: str = Field("127.0.0.1:0", description="Address of the journal service.")
    insights_address: str = Field("127.0.0.1:0", description="Address of the insights service.")
    frontend_dir: Path | None = Field(None, description="Folder of the built single-page app; none is served if unset.")
    allowed_origins: tuple[str, ...] = Field(
        ("http://localhost:5173",),
        description="Origins besides our own whose pages may use cookies here; the default is Vite's dev server.",
    )
    trusted_proxies: str = Field(
        "127.0.0.1", description="Addresses whose x-forwarded-proto is believed, comma separated; * for all."
    )
    converse_stall_seconds: float = Field(
        20.0, gt=0, description="How long a WebSocket client may leave a message unread before it is cut off."
    )

    def service_addresses(self) -> Mapping[str, str]:
        """Every gRPC service by name, with its address."""
        return {
            "auth": self.auth_address,
            "session": self.session_address,
            "transcription": self.transcription_address,
            "emotion": self.emotion_address,
            "rag": self.rag_address,
            "synthesis": self.synthesis_address,
            "journal": self.journal_address,
            "insights": self.insights_address,
        }
