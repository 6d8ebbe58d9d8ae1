"""Text as sentences."""

import re

# Not after "e.g." or a number's point: only where a space and a new sentence follow.
_BOUNDARY = re.compile(r"(?<=[.!?])[\"”']?\s+(?=[\"“']?[A-Z0-9])")


def sentences_of(text: str) -> list[str]:
    """The sentences of a text, in order, without empty ones."""
    ends: list[str] = []
    start = 0
    for match in _BOUNDARY.finditer(text):
        # A closing quotation mark belongs to the sentence that it ends.
        end = match.end() - len(match.group()) + len(match.group().rstrip())
        ends.append(text[start:end])
        start = match.end()
    return [each.strip() for each in (*ends, text[start:]) if each.strip()]


def word_count(text: str) -> int:
    """Words by white space."""
    return len(text.split())
