"""Small talk, questions about the companion, and input that says nothing."""

import re

from voicecbt.rag.compose.wording import IntentWording, Wording
from voicecbt.rag.risk.normalise import normalise

# One-word answers that a protocol's question may well get.
_ANSWERS = frozenset(
    [
        "yes",
        "yeah",
        "yep",
        "yup",
        "no",
        "nope",
        "nah",
        "ok",
        "okay",
        "sure",
        "maybe",
        "fine",
        "good",
        "bad",
        "nothing",
        "everything",
        "idk",
    ]
)
_WORD = re.compile(r"[a-z]{2,}|\bi\b")


def intent_of(text: str, wording: Wording) -> tuple[str, tuple[str, ...]] | None:
    """The intent's id and the wordings that answer it; None for anything to be taken as plain conversation.

    Instructions to the companion ("ignore your rules") are no intent: they are words like any others.
    """
    plain = normalise(text)
    words = _WORD.findall(plain)
    for intent in wording.intents:
        if _fits(intent, plain, len(words)):
            return intent.id, intent.texts
    if not words or _is_noise(plain):
        return "unintelligible", wording.fallback.unintelligible
    if len(words) == 1 and not _says_something(words[0], wording):
        return "one_word", wording.fallback.one_word
    return None


def _fits(intent: IntentWording, plain: str, words: int) -> bool:
    return words <= intent.max_words and intent.matches(plain)


def _says_something(word: str, wording: Wording) -> bool:
    return word in _ANSWERS or word in wording.slots.feelings


def _is_noise(plain: str) -> bool:
    """Letters without a vowel, or one word over and over: a slipped keyboard or a looping recogniser."""
    words = [word for word in plain.split() if word.isalpha()]
    if len(words) > 5 and len(set(words)) == 1:
        return True
    return bool(words) and not any(re.search("[aeiouy]", word) for word in words)
