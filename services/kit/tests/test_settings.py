"""Settings come from the environment, the service's own names first, and print without secrets."""

import pytest
from pydantic import ValidationError

from voicecbt.kit.settings import DatabaseSettings, ServiceSettings, service_config

pytestmark = pytest.mark.unit

SECRET = "s" * 32


class Settings(DatabaseSettings, ServiceSettings):
    model_config = service_config("journal")


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    monkeypatch.setenv("VOICECBT_SERVICE_SECRET", SECRET)
    monkeypatch.setenv("VOICECBT_DATABASE_URL", "postgresql+asyncpg://u:hidden@h/d")


def test_the_service_s_own_variable_wins_over_the_shared_one(monkeypatch):
    monkeypatch.setenv("VOICECBT_LOG_LEVEL", "ERROR")
    assert Settings().log_level == "ERROR"
    monkeypatch.setenv("VOICECBT_JOURNAL_LOG_LEVEL", "DEBUG")
    assert Settings().log_level == "DEBUG"


def test_secrets_are_masked_when_shown():
    shown = str(Settings().masked())
    assert SECRET not in shown and "hidden" not in shown and "grpc_address" in shown


@pytest.mark.parametrize(
    ("name", "value"), [("LOG_LEVEL", "LOUD"), ("DRAIN_SECONDS", "-1"), ("SERVICE_SECRET", "short")]
)
def test_a_wrong_value_stops_the_start_and_is_named(monkeypatch, name, value):
    monkeypatch.setenv(f"VOICECBT_{name}", value)
    with pytest.raises(ValidationError, match=name.lower()):
        Settings()
