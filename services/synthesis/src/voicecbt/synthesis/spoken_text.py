"""Rewrites text as it is said aloud, where the synthesiser's own reading would mislead: numbers to call above all."""

import re
import unicodedata

from voicecbt.synthesis.phone_numbers import read_numbers_to_dial

URL = re.compile(
    r"(?:https?://)?(?:www\.)?((?:[a-z0-9-]+\.)+[a-z]{2,})((?:/[^\s,;:!?)\]]*[^\s.,;:!?)\]])?/?)", re.IGNORECASE
)
URL_START = re.compile(r"https?://|www\.", re.IGNORECASE)
# Without a scheme only these count as addresses: "today.Then" is a typing error, not a place.
KNOWN_ENDINGS = frozenset({"com", "org", "net", "gov", "edu", "info", "uk", "au", "nz", "ca", "ie", "eu", "in", "us"})
EMAIL = re.compile(r"\b([\w.+-]+)@((?:[\w-]+\.)+[a-z]{2,})\b", re.IGNORECASE)
MARKDOWN_LINK = re.compile(r"\[([^\]]+)\]\([^)]*\)")
LIST_ITEM = re.compile(r"^\s*(?:[-*\u2022]|\d+[.)])\s+", re.MULTILINE)
# A paragraph or list item without a full stop still ends.
UNFINISHED_LINE = re.compile(r"(?<=[\w)\"'])\s*\n\s*\n\s*")
EMPHASIS = re.compile(r"(?<!\w)[*_`#~]+(?=\S)|(?<=\S)[*_`~]+(?!\w)")
RANGE = re.compile(r"(?<=\d)\s*[\u2013\u2014]\s*(?=\d)")  # en and em dash
SPACE_BEFORE_PAUSE = re.compile(r"\s+(?=[,.;:!?])")
SPACES = re.compile(r"\s+")

ABBREVIATIONS = (
    (re.compile(r"\be\.\s?g\.,?", re.IGNORECASE), "for example,"),
    (re.compile(r"\bi\.\s?e\.,?", re.IGNORECASE), "that is,"),
    (re.compile(r"\b24/7\b"), "twenty-four seven"),
)
# A pause, a word, or the plain form: what is said for signs that are not words.
SIGNS = str.maketrans(
    {
        "\u2192": ", ",  # arrow
        "\u2013": ", ",  # en dash
        "\u2014": ", ",  # em dash
        "\u2026": "...",
        "\u2022": ", ",  # bullet
        "&": " and ",
        "\u201c": '"',
        "\u201d": '"',
        "\u2018": "'",
        "\u2019": "'",
    }
)


def spoken(text: str) -> str:
    """The text to be read aloud: one line, no markup, no emoji, numbers and addresses as a person says them.

    Empty when nothing in it can be said.
    """
    text = unicodedata.normalize("NFC", text)
    text = LIST_ITEM.sub("\n\n", MARKDOWN_LINK.sub(r"\1", text))
    text = UNFINISHED_LINE.sub(". ", text.strip())
    text = EMAIL.sub(lambda match: f"{_dotted(match[1])} at {_dotted(match[2])}", text)
    text = URL.sub(_address, text)
    text = RANGE.sub("-", text).translate(SIGNS)
    text = EMPHASIS.sub("", text)
    for pattern, words in ABBREVIATIONS:
        text = pattern.sub(words, text)
    text = read_numbers_to_dial(text)
    text = SPACE_BEFORE_PAUSE.sub("", SPACES.sub(" ", "".join(filter(_sayable, text))))
    return text.strip() if any(character.isalnum() for character in text) else ""


def _address(match: re.Match[str]) -> str:
    host, path = match[1], match[2].strip("/")
    if not URL_START.match(match[0]) and host.rsplit(".", 1)[-1].lower() not in KNOWN_ENDINGS:
        return match[0]
    parts = [host, *(part for part in path.split("/") if part)]
    return " slash ".join(_dotted(part) for part in parts)


def _dotted(name: str) -> str:
    return name.replace(".", " dot ").replace("_", " underscore ").replace("-", " dash ").replace("+", " plus ")


def _sayable(character: str) -> bool:
    """Not an emoji, a private character, a control code or an invisible one."""
    return character.isspace() or unicodedata.category(character) not in {"So", "Sk", "Cc", "Cf", "Co", "Cs", "Cn"}
