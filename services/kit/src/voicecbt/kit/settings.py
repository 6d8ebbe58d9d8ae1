"""Configuration: one typed class per service, from the environment, checked at start, printable without secrets.

A setting `grpc_address` of the journal is read from VOICECBT_JOURNAL_GRPC_ADDRESS, then from VOICECBT_GRPC_ADDRESS.
"""

from typing import Literal

from pydantic import Field, SecretStr
from pydantic_settings import BaseSettings, EnvSettingsSource, PydanticBaseSettingsSource, SettingsConfigDict

SHARED_PREFIX = "VOICECBT_"


def service_config(service: str) -> SettingsConfigDict:
    """The `model_config` of a service's settings."""
    return SettingsConfigDict(
        env_prefix=f"{SHARED_PREFIX}{service.upper()}_",
        extra="ignore",
        frozen=True,
        hide_input_in_errors=True,  # A secret that was mistyped must not be printed with the error.
    )


class LayeredSettings(BaseSettings):
    """Reads the service's own variables first, then those that all services share."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Explicit values, then VOICECBT_<SERVICE>_*, then VOICECBT_*."""
        return init_settings, env_settings, EnvSettingsSource(settings_cls, env_prefix=SHARED_PREFIX)

    def masked(self) -> dict[str, object]:
        """Every setting by name, JSON-ready, with secrets as asterisks."""
        return self.model_dump(mode="json")


class ServiceSettings(LayeredSettings):
    """What every gRPC service is told."""

    grpc_address: str = Field("127.0.0.1:0", description="Address to listen on; port 0 takes any free one.")
    metrics_address: str = Field("127.0.0.1:0", description="Address of the Prometheus endpoint; port 0 takes any.")
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="Least level that is logged.")
    log_format: Literal["json", "console"] = Field("console", description="json for machines, console for people.")
    otlp_endpoint: str = Field("", description="host:port of an OTLP/gRPC collector for traces; empty for none.")
    service_secret: SecretStr = Field(
        min_length=32, description="Signs the tokens that services show one another; the same for all of them."
    )
    token_issuer: str = Field("voicecbt", description="`iss` of people's access tokens.")
    token_audience: str = Field("voicecbt", description="`aud` of people's access tokens.")
    auth_address: str = Field("127.0.0.1:0", description="Address of the auth service.")
    drain_seconds: float = Field(10.0, ge=0, le=600, description="How long live work may go on after SIGTERM.")
    max_message_bytes: int = Field(36 << 20, gt=0, description="Largest gRPC message taken: a 32 MiB recording.")
    max_concurrent_rpcs: int = Field(1000, gt=0, description="More at once are refused with RESOURCE_EXHAUSTED.")


class DatabaseSettings(LayeredSettings):
    """For services that own tables."""

    database_url: SecretStr = Field(description="postgresql+asyncpg://user:password@host:port/name")
    database_pool_size: int = Field(5, ge=1, le=100, description="Connections kept open.")
    database_max_overflow: int = Field(10, ge=0, le=100, description="Further connections under load.")


class RedisSettings(LayeredSettings):
    """For services that publish, consume, or limit rates."""

    redis_url: SecretStr = Field(description="redis://user:password@host:port/0")
