"""Cuts text where a speaker breathes, so that the first sound comes early."""

import re

# A phrase shorter than this is not worth a pause of its own; about a second of speech.
MIN_PHRASE_CHARACTERS = 20
# The first phrase is cut as early as it sounds natural: the time to its first sound grows with its length.
LONG_FIRST_PHRASE_CHARACTERS = 80
# The synthesiser's own limit is 400 phonemes; this is well below it and keeps any single piece of work short.
MAX_PHRASE_CHARACTERS = 240

CLAUSE_END = re.compile(r"(?<=[,;:])\s+")
SENTENCE_END = re.compile(r"(?<=[.!?])[\"')\]]*\s+(?=[\"'(\[]?[A-Z0-9])")
TITLES = frozenset({"dr", "mr", "mrs", "ms", "prof", "st"})


def phrases(text: str) -> list[str]:
    """The text in order, in pieces to be synthesised one by one; only the spaces between them are lost."""
    pieces = [piece for sentence in _sentences(text) for piece in _bounded(sentence)]
    if pieces and len(pieces[0]) > LONG_FIRST_PHRASE_CHARACTERS:
        pieces[:1] = _at_first_clause(pieces[0])
    return pieces


def _sentences(text: str) -> list[str]:
    sentences: list[str] = []
    for piece in _split(SENTENCE_END, text.strip()):
        if sentences and sentences[-1].rstrip(".").rsplit(" ", 1)[-1].lower() in TITLES:
            sentences[-1] += f" {piece}"
        else:
            sentences.append(piece)
    return sentences


def _split(pattern: re.Pattern[str], text: str) -> list[str]:
    """Pieces between matches; what a match holds besides spaces stays with the piece before it."""
    pieces: list[str] = []
    start = 0
    for match in pattern.finditer(text):
        pieces.append(text[start : match.start()] + match[0].rstrip())
        start = match.end()
    return [piece for piece in (*pieces, text[start:]) if piece]


def _bounded(sentence: str) -> list[str]:
    """The sentence in pieces of at most 240 characters, cut at clauses if it has any, otherwise at words."""
    if len(sentence) <= MAX_PHRASE_CHARACTERS:
        return [sentence]
    clauses = [word for clause in _split(CLAUSE_END, sentence) for word in _words(clause)]
    pieces = [clauses[0]]
    for clause in clauses[1:]:
        if len(pieces[-1]) + 1 + len(clause) <= MAX_PHRASE_CHARACTERS:
            pieces[-1] += f" {clause}"
        else:
            pieces.append(clause)
    return pieces


def _words(clause: str) -> list[str]:
    if len(clause) <= MAX_PHRASE_CHARACTERS:
        return [clause]
    words = clause.split()
    return [
        word[at : at + MAX_PHRASE_CHARACTERS] for word in words for at in range(0, len(word), MAX_PHRASE_CHARACTERS)
    ]


def _at_first_clause(phrase: str) -> list[str]:
    for match in CLAUSE_END.finditer(phrase):
        rest = phrase[match.end() :]
        if match.start() >= MIN_PHRASE_CHARACTERS and len(rest) >= MIN_PHRASE_CHARACTERS:
            return [phrase[: match.start()], rest]
    return [phrase]
