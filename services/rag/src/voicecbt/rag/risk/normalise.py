"""Brings what people type, or a recogniser hears, to one plain form that rules can match.

The form: lower case ASCII-folded words separated by single spaces, apostrophes dropped (`don't` is `dont`),
` . ` between sentences and ` , ` between clauses.
"""

import re
import unicodedata

# Zero-width and direction marks hide words from rules; soft hyphens split them.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
)
_APOSTROPHES = re.compile("['`\u00b4\u2018\u2019\u201b\u02bc\u2032\uff07]")
_SENTENCE_END = re.compile(r"[.!?\n\r;:…]+")
_CLAUSE_END = re.compile(r"[,()\[\]{}\"\u201c\u201d\u2014\u2013]+| - ")
_OTHER = re.compile(r"[^\w.,*@$!]+|_+")
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "@": "a", "$": "s", "!": "i"})
_LEET_TOKEN = re.compile(r"(?<!\S)(?=\S*[a-z])(?=\S*[0134578@$!])[a-z0134578@$!]{3,}(?!\S)")
_UNIT_TOKEN = re.compile(r"\d+[a-z]{1,3}")  # 100mg, 15yo, 8pm: digits that mean digits
_INNER_MARK = re.compile(r"(?<=[a-z0-9])[!@$](?=[a-z0-9])")
_SPELLED_OUT = re.compile(r"(?<!\S)[a-z](?:[ .*-]{1,3}[a-z]){2,}(?!\S)")
_MASKED = (
    (re.compile(r"\bk[*]+l{1,2}(?=ed|ing|s?\b)"), "kill"),
    (re.compile(r"\bs[u*][i*]+[c*]?[i*]*de\b"), "suicide"),
    (re.compile(r"\bd[*]e\b"), "die"),
    (re.compile(r"\bd[*]+d\b"), "dead"),
)
# What a recogniser or a hurried hand makes of the words that matter, and the written-out forms of short ones.
_RESPELLED = (
    (re.compile(r"\b(?:sue|sewer|suey|soo|su|sewa|suer|sui)(?: a| i| e)? ?(?:side|cide|syde|sighed)\b"), "suicide"),
    (
        re.compile(r"\b(?:sue|sewer|suey|soo|su|sewa|suer|sui)(?: a| i| e)? ?(?:sidal|cidal|sidle|cidle|sydal)\b"),
        "suicidal",
    ),
    (re.compile(r"\b(?:suiside|sucide|suicid|suacide|suicude|suicede|sucicide|suicde)\b"), "suicide"),
    (re.compile(r"\b(?:miself|myslef|mysef|myselg|myselve|mahself)\b"), "myself"),
    (re.compile(r"\bs(?:oo|u|ew)e?i[cs]id(?:al|el|le)\b"), "suicidal"),
    (re.compile(r"\b(?:sucidal|suicidle|suacidal|suicidel|suicial)\b"), "suicidal"),
    (re.compile(r"\bun ?alived?\b"), "unalive"),
    (re.compile(r"\bover dos(?=e|ed|ing\b)"), "overdos"),
    (
        re.compile(
            r"\b(want|wants|wanna|going|gonna|ready|need|rather|could|should|let me|just|to) dye\b"
            r"(?! (?:my|his|her|their|your|our|it|the|a|an|some|hair|eggs?|fabric|clothes|wool|job|for|roots))"
        ),
        r"\1 die",
    ),
    (
        re.compile(
            r"\b(want|wants|going|ready|need|like|have) to dye\b"
            r"(?! (?:my|his|her|their|your|our|it|the|a|an|some|hair|eggs?|fabric|clothes|wool|roots))"
        ),
        r"\1 to die",
    ),
    (re.compile(r"\b(end|ending|ended|take|taking|took) my (own )?(?:live|lives)\b"), r"\1 my \2life"),
    (re.compile(r"\bcan ?not\b"), "cant"),
    (re.compile(r"\b(do|does|did|have|has|had|could|would|is|was|were|are) not\b"), r"\1nt"),
    (re.compile(r"\bwill not\b"), "wont"),
    (re.compile(r"\bwhat is\b"), "whats"),
    (re.compile(r"\bthere is\b"), "theres"),
)
_SPACES = re.compile(r"\s+")
_RUN = re.compile(r"([a-z])\1{2,}")


def _fold(text: str) -> str:
    """NFKC, then without accents, invisible characters and lone surrogates; casefolded."""
    text = text.encode("utf-8", "ignore").decode("utf-8")
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKC", text))
    text = "".join(character for character in text if not unicodedata.combining(character))
    return _INVISIBLE.sub("", text).casefold()


def _unmask(text: str) -> str:
    for pattern, word in _MASKED:
        text = pattern.sub(word, text)
    return text.replace("*", "")


def _deleet(match: re.Match[str]) -> str:
    token = match.group()
    return token if _UNIT_TOKEN.fullmatch(token) else token.translate(_LEET)


def _join_letters(match: re.Match[str]) -> str:
    # "i" opens sentences: "i k i l l" is "i kill".
    letters = re.sub(r"[^a-z]", "", match.group())
    return f"i {letters[1:]}" if letters[0] == "i" and len(letters) > 3 else letters


def _mark_ends(text: str) -> str:
    """Sentence and clause ends as words of their own; `!` inside a word is kept as a letter."""
    text = _INNER_MARK.sub(lambda match: match.group().translate(_LEET), text)
    text = _CLAUSE_END.sub(" , ", text)
    return _SENTENCE_END.sub(" . ", text)


def normalise(text: str) -> str:
    """The plain form of a message. Never raises, whatever the text."""
    text = _APOSTROPHES.sub("", _fold(text))
    text = _SPELLED_OUT.sub(_join_letters, text)
    text = _OTHER.sub(" ", _mark_ends(_unmask(text)))
    text = _LEET_TOKEN.sub(_deleet, _SPACES.sub(" ", text))
    return _respell(_SPACES.sub(" ", text).strip())


def _respell(plain: str) -> str:
    for pattern, word in _RESPELLED:
        plain = pattern.sub(word, plain)
    return plain


def variants(plain: str) -> tuple[str, ...]:
    """The plain form with drawn-out letters shortened to two and to one; a single item when there are none."""
    if not _RUN.search(plain):
        return (plain,)
    return (_RUN.sub(r"\1\1", plain), _RUN.sub(r"\1", plain))
