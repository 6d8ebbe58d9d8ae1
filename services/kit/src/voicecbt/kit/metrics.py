"""The Prometheus metrics of the platform, named as operators know them.

No label ever names a person or a session: it would leak people and grow without bound.
"""

from prometheus_client import Counter, Gauge, Histogram

# From a few milliseconds (a health check) to the longest transcription.
LATENCY_BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.2, 0.35, 0.5, 0.7, 1.0, 1.5, 2.5, 5.0, 10.0, 30.0)

active_sessions = Gauge("voice_cbt_active_sessions", "Conversations that are open now")
emotions_detected = Counter("voice_cbt_emotions_detected_total", "Turns by primary emotion", ["emotion_type"])
responses_generated = Counter("voice_cbt_responses_generated_total", "Replies made, by generator", ["generator"])
response_time_seconds = Histogram(
    "voice_cbt_response_time_seconds",
    "Time to answer an RPC, a route or a stage of a turn",
    ["endpoint"],
    buckets=LATENCY_BUCKETS_SECONDS,
)
errors = Counter("voice_cbt_errors_total", "Errors by kind and service", ["error_type", "service"])
user_sessions = Counter("voice_cbt_user_sessions_total", "Sessions started")
mood_entries = Counter("voice_cbt_mood_entries_total", "Mood entries recorded")
