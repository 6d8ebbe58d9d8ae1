"""Text into comparable words: lower case, contractions spelled out, clause ends kept as marks of their own."""

import re
import unicodedata

CLAUSE_END = "|"
# What recognisers and hurried writers leave out; only forms that are no word themselves ("were", "well" stay).
_BARE_CONTRACTIONS = {
    "dont": "do not", "doesnt": "does not", "didnt": "did not", "cant": "can not", "cannot": "can not",
    "wont": "will not", "isnt": "is not", "wasnt": "was not", "arent": "are not", "couldnt": "could not",
    "shouldnt": "should not", "wouldnt": "would not", "havent": "have not", "hasnt": "has not", "hadnt": "had not",
    "aint": "is not", "im": "i am", "ive": "i have", "youre": "you are", "theyre": "they are", "gonna": "going to",
    "wanna": "want to", "gotta": "got to",
}  # fmt: skip
_CONTRACTIONS = (
    (re.compile(r"\bwon't\b"), "will not"),
    (re.compile(r"\bcan't\b"), "can not"),
    (re.compile(r"\bain't\b"), "is not"),
    (re.compile(r"n't\b"), " not"),
    (re.compile(r"'m\b"), " am"),
    (re.compile(r"'re\b"), " are"),
    (re.compile(r"'ve\b"), " have"),
    (re.compile(r"'ll\b"), " will"),
    (re.compile(r"\b(it|that|what|there|he|she|who|how|where|here|everything|nothing|nobody)'s\b"), r"\1 is"),
    (re.compile(r"'s\b|'d\b|'"), ""),
)
# Curly quotes, the modifier letter, and the accents that people type instead.
_APOSTROPHES = dict.fromkeys((0x2018, 0x2019, 0x02BC, 0x0060, 0x00B4), "'")
_TOKEN = re.compile(r"[^\W_]+|[.,;:!?\n()\u2026\u2014]+")


def words(text: str) -> list[str]:
    """The words of a text, with CLAUSE_END where punctuation separates clauses.

    A question mark is kept as the word `?` before its clause end, because a few entries depend on it.
    """
    spelled = unicodedata.normalize("NFKC", text).translate(_APOSTROPHES).lower()
    for pattern, replacement in _CONTRACTIONS:
        spelled = pattern.sub(replacement, spelled)
    found: list[str] = []
    for token in _TOKEN.findall(spelled):
        found.extend(_split(token))
    return found


def _split(token: str) -> list[str]:
    if not token[0].isalnum():
        return ["?", CLAUSE_END] if "?" in token else [CLAUSE_END]
    return _BARE_CONTRACTIONS.get(token, token).split()
