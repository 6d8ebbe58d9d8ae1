"""The metrics that operators know, by name; and no label that could name a person."""

import pytest
from prometheus_client import REGISTRY, generate_latest

from voicecbt.kit import metrics

pytestmark = pytest.mark.unit

NAMES = {
    "voice_cbt_active_sessions",
    "voice_cbt_emotions_detected_total",
    "voice_cbt_responses_generated_total",
    "voice_cbt_response_time_seconds",
    "voice_cbt_errors_total",
    "voice_cbt_user_sessions_total",
    "voice_cbt_mood_entries_total",
}
# What tells one person, session or turn from another; each value would be a time series for ever.
NAMING_LABELS = {"user", "user_id", "person", "session", "session_id", "turn_id", "email", "ip", "address"}


def ours():
    return [family for family in REGISTRY.collect() if family.name.startswith("voice_cbt")]


def test_the_metrics_of_the_given_design_are_there():
    metrics.user_sessions.inc(0)
    exposed = generate_latest(REGISTRY).decode()
    assert [name for name in NAMES if f"# TYPE {name.removesuffix('_total')}" not in exposed] == []


def test_no_label_names_a_person_or_a_session():
    collectors = [value for value in vars(metrics).values() if hasattr(value, "_labelnames")]
    assert len(collectors) == len(NAMES)
    assert {label for collector in collectors for label in collector._labelnames} & NAMING_LABELS == set()


def test_every_metric_says_what_it_counts():
    assert all(family.documentation for family in ours())
