"""Configuration of the journal; VOICECBT_JOURNAL_<NAME>, or VOICECBT_<NAME> for what all services share."""

from voicecbt.kit.settings import DatabaseSettings, RedisSettings, ServiceSettings, service_config


class Settings(DatabaseSettings, RedisSettings, ServiceSettings):
    """Everything the journal is told; it needs nothing beyond what services with tables and events share."""

    model_config = service_config("journal")
