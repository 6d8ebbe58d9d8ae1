"""Metrics of this service alone, beside those that the platform shares."""

from prometheus_client import Counter

degraded_searches = Counter(
    "voice_cbt_rag_degraded_total", "Searches that went on without a part that was down or slow", ["part"]
)
replaced_sentences = Counter(
    "voice_cbt_rag_replaced_sentences_total", "Composed sentences that failed a rule and were replaced", ["rule"]
)
risk_assessments = Counter("voice_cbt_rag_risk_assessments_total", "Messages assessed, by level", ["level"])
