"""Settings: what is refused at start, and what is never shown."""

import base64
import json
from datetime import timedelta

import pytest
from pydantic import ValidationError

from voicecbt.auth.settings import Settings

pytestmark = pytest.mark.unit

KEY = base64.b64encode(bytes(range(32))).decode()
GIVEN = {
    "DATABASE_URL": "postgresql+asyncpg://user:database-password@127.0.0.1/x",
    "REDIS_URL": "redis://127.0.0.1/0",
    "SERVICE_SECRET": "service-secret" * 4,
    "KEY_ENCRYPTION_KEY": KEY,
}


@pytest.fixture
def environment(monkeypatch):
    for name, value in GIVEN.items():
        monkeypatch.setenv(f"VOICECBT_{name}", value)
    return monkeypatch


def test_the_defaults_are_those_of_the_design(environment):
    settings = Settings()
    assert settings.token_policy().access_lifetime == timedelta(minutes=30)
    assert settings.token_policy().refresh_lifetime == timedelta(days=7)
    assert settings.rotation_policy().rotate_after == timedelta(days=30)
    cost = settings.argon2_cost()
    assert (cost.memory_kib, cost.iterations, cost.parallelism) == (19456, 2, 1)


def test_the_services_own_variable_comes_before_the_shared_one(environment):
    environment.setenv("VOICECBT_AUTH_THROTTLE_PER_EMAIL", "4")
    environment.setenv("VOICECBT_THROTTLE_PER_EMAIL", "5")
    assert Settings().throttle_policy().per_email == 4


def test_without_a_key_encryption_key_it_does_not_start(environment):
    environment.delenv("VOICECBT_KEY_ENCRYPTION_KEY")
    with pytest.raises(ValidationError, match="key_encryption_key"):
        Settings()


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("KEY_ENCRYPTION_KEY", "too short"),
        ("ARGON2_MEMORY_KIB", "1024"),
        ("ARGON2_ITERATIONS", "1"),
        ("ACCESS_TOKEN_MINUTES", "0"),
        ("TRUSTED_PROXIES", '["everywhere"]'),
        ("SIGNING_KEY_DAYS", "0"),
    ],
)
def test_what_would_be_unsafe_is_refused(environment, name, value):
    environment.setenv(f"VOICECBT_AUTH_{name}", value)
    with pytest.raises(ValidationError):
        Settings()


def test_a_key_is_not_announced_longer_than_it_lives(environment):
    environment.setenv("VOICECBT_AUTH_SIGNING_KEY_DAYS", "1")
    environment.setenv("VOICECBT_AUTH_SIGNING_KEY_LEAD_MINUTES", "1440")
    with pytest.raises(ValidationError, match="half of signing_key_days"):
        Settings()


def test_secrets_are_not_shown(environment):
    shown = json.dumps(Settings().masked()) + repr(Settings())
    for secret in (KEY, "database-password", "service-secret"):
        assert secret not in shown
