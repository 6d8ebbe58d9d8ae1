"""Every rule that keeps a reply from being said, and the vetted wording that passes them all."""

from itertools import chain

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicecbt.rag.compose.wording import load_wording
from voicecbt.rag.validation import MAX_WORDS, violations

pytestmark = pytest.mark.unit


@pytest.mark.parametrize(
    ("reply", "rule"),
    [
        ("How was it? And then?", "more_than_one_question"),
        ("word " * (MAX_WORDS + 1), "too_long"),
        ("", "empty"),
        ("You should stop taking your medication.", "medication_advice"),
        ("Try taking 20 mg of something.", "medication_advice"),
        ("You probably have clinical depression.", "diagnosis"),
        ("It sounds like bipolar.", "diagnosis"),
        ("I promise you will be better.", "promise"),
        ("Everything will be fine.", "promise"),
        ("As your therapist, I would wait.", "claims_person"),
        ("I'm a human like you.", "claims_person"),
        ("I know exactly how you feel.", "claims_person"),
        ("I feel so anxious about my exam.", "speaks_as_person"),
        ("My boss is awful.", "speaks_as_person"),
        ("That's your own fault.", "blame"),
        ("Just calm down.", "blame"),
        ("You're overreacting.", "blame"),
        ("Keep razors away.", "method_detail"),
        ("See https://example.org now.", "not_speakable"),
        ("I hear {feeling} there.", "not_speakable"),
    ],
)
def test_a_rule_names_what_is_wrong(reply: str, rule: str) -> None:
    assert rule in violations(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "It's not your fault.",
        "I'm a computer program, not a person and not a therapist.",
        "A doctor or a pharmacist can tell you about medicines.",
        "I hear how hard this is. What was the worst part of it for you?",
        "That fear will come down by itself.",
    ],
)
def test_what_may_be_said_passes(reply: str) -> None:
    assert violations(reply) == []


def test_the_persons_own_first_person_words_are_not_said_as_ones_own() -> None:
    assert "first_person_echo" in violations("So I am a total failure at work.", "I am a total failure at work")


def test_all_small_talk_wording_passes() -> None:
    wording = load_wording()
    fallback = wording.fallback
    texts = chain(
        *(intent.texts for intent in wording.intents),
        *(fallback.neutral, fallback.supportive, fallback.replacement, fallback.unintelligible),
        *(fallback.one_word, fallback.other_language, fallback.step_lead, fallback.step_ask),
    )
    assert {text: violations(text) for text in texts if violations(text)} == {}


@given(st.text(max_size=500), st.text(max_size=200))
def test_it_never_raises(reply: str, text: str) -> None:
    assert isinstance(violations(reply, text), list)
