"""Whether to believe a hypothesis. Whisper invents text on noise and repeats itself when it loses its way."""

import zlib

from voicecbt.transcription.domain import Hypothesis

# OpenAI's thresholds (whisper/transcribe.py): text this repetitive or this improbable is a failed decoding.
MAX_COMPRESSION_RATIO = 2.4
NO_SPEECH_PROBABILITY = 0.6
NO_SPEECH_LOG_PROBABILITY = -1.0
# Ours: no clip of real speech that was recognised at all fell below, and text invented on noise mostly does.
MIN_LOG_PROBABILITY = -1.5
# Below this trying harder more often helps than not (README).
DOUBTFUL_LOG_PROBABILITY = -0.7
MAX_REPEATS = 4  # "no, no, no, no" is said by people; more in a row is a loop
LONGEST_REPEATED_WORDS = 8


def is_heard(hypothesis: Hypothesis) -> bool:
    """Whether the hypothesis is more than what the model makes up without speech."""
    if not any(character.isalnum() for character in hypothesis.text):
        return False
    silent = hypothesis.no_speech_probability > NO_SPEECH_PROBABILITY
    if silent and hypothesis.average_log_probability < NO_SPEECH_LOG_PROBABILITY:
        return False
    return hypothesis.average_log_probability >= MIN_LOG_PROBABILITY


def is_doubtful(hypothesis: Hypothesis) -> bool:
    """Whether to try once more, harder."""
    return hypothesis.average_log_probability < DOUBTFUL_LOG_PROBABILITY or is_loop(hypothesis.text)


def better(first: Hypothesis, second: Hypothesis) -> Hypothesis:
    """The more probable of two, unless only it repeats itself: repetition is always probable."""
    return max(first, second, key=lambda each: (not is_loop(each.text), each.average_log_probability))


def is_loop(text: str) -> bool:
    """Whether the text repeats itself as no person does."""
    encoded = text.encode()
    ratio = len(encoded) / len(zlib.compress(encoded))
    return ratio > MAX_COMPRESSION_RATIO or without_repeats(text) != " ".join(text.split())


def without_repeats(text: str) -> str:
    """The text with every phrase that comes more than four times in a row said once."""
    words = text.split()
    for length in range(1, LONGEST_REPEATED_WORDS + 1):
        words = _collapse(words, length)
    return " ".join(words)


def _collapse(words: list[str], length: int) -> list[str]:
    kept: list[str] = []
    at = 0
    while at < len(words):
        repeats = _repeats(words, at, length)
        kept.extend(words[at : at + (length if repeats > MAX_REPEATS else 1)])
        at += repeats * length if repeats > MAX_REPEATS else 1
    return kept


def _repeats(words: list[str], at: int, length: int) -> int:
    phrase = [word.strip(".,!?").lower() for word in words[at : at + length]]
    count = 1
    while [word.strip(".,!?").lower() for word in words[at + count * length : at + (count + 1) * length]] == phrase:
        count += 1
    return count
