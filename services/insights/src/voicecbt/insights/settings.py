"""Configuration of insights; VOICECBT_INSIGHTS_<NAME>, or VOICECBT_<NAME> for what all services share."""

from pathlib import Path

from pydantic import Field, SecretStr

from voicecbt.kit.settings import RedisSettings, ServiceSettings, service_config


class Settings(RedisSettings, ServiceSettings):
    """Everything insights is told. Without `clickhouse_url` it runs ClickHouse inside its own process."""

    model_config = service_config("insights")

    clickhouse_url: SecretStr = Field(
        SecretStr(""), description="clickhouse://user:password@host:8123/database; empty for the embedded engine."
    )
    clickhouse_path: Path = Field(
        Path("var/clickhouse"), description="Folder of the embedded engine; only one process can use it."
    )
    clickhouse_memory_mb: int = Field(512, ge=64, description="Most memory that one query may take, in MiB.")
    pseudonym_secret: SecretStr = Field(
        min_length=32, description="Turns ids into pseudonyms. Changed, what was stored before can no longer be found."
    )
    performance_months: int = Field(12, ge=1, le=120, description="How long performance metrics are kept.")
    consumers: int = Field(
        8, ge=1, le=64, description="Events taken at once; what arrives together is stored together."
    )
