"""Configuration is checked at start and printed without secrets."""

import pytest
from pydantic import ValidationError

from voicecbt.insights.settings import Settings

pytestmark = pytest.mark.unit

REQUIRED = {
    "VOICECBT_SERVICE_SECRET": "s" * 40,
    "VOICECBT_REDIS_URL": "redis://:hunter2@127.0.0.1:1/0",
    "VOICECBT_INSIGHTS_PSEUDONYM_SECRET": "p" * 40,
}


@pytest.fixture(autouse=True)
def environment(monkeypatch):
    for name, value in REQUIRED.items():
        monkeypatch.setenv(name, value)


def test_what_is_required_is_enough_for_the_embedded_engine():
    settings = Settings()
    assert settings.clickhouse_url.get_secret_value() == ""
    assert (settings.performance_months, settings.consumers) == (12, 8)


def test_no_secret_is_printed(monkeypatch):
    monkeypatch.setenv("VOICECBT_INSIGHTS_CLICKHOUSE_URL", "clickhouse://user:hunter2@host:8123/db")
    printed = str(Settings().masked())
    assert "hunter2" not in printed and "ppp" not in printed and "sss" not in printed


@pytest.mark.parametrize(
    ("name", "value"),
    [("PSEUDONYM_SECRET", "short"), ("PERFORMANCE_MONTHS", "0"), ("CONSUMERS", "0"), ("CLICKHOUSE_MEMORY_MB", "1")],
)
def test_what_cannot_work_is_refused_at_start(monkeypatch, name, value):
    monkeypatch.setenv(f"VOICECBT_INSIGHTS_{name}", value)
    with pytest.raises(ValidationError) as caught:
        Settings()
    assert name.lower() in str(caught.value)


def test_pseudonyms_need_a_secret(monkeypatch):
    monkeypatch.delenv("VOICECBT_INSIGHTS_PSEUDONYM_SECRET")
    with pytest.raises(ValidationError):
        Settings()
