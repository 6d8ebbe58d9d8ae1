"""From matched phrases to evidence for each emotion: negation, intensifiers, exclamation."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicecbt.emotion.domain import Emotion
from voicecbt.emotion.text.lexicon import ClauseBreak, Feeling, Ignored, Intensifier, Lexicon, Negator, Sense
from voicecbt.emotion.text.phrases import Match
from voicecbt.emotion.text.words import CLAUSE_END

# "not really all that happy": a negator reaches this many words, within its clause.
NEGATION_REACH_WORDS = 4
# "very, very sad" and "I am so sad": an intensifier stands right before what it strengthens, or one word further.
INTENSIFIER_REACH_WORDS = 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """One feeling found in a text: `points` is its strength after all modifiers, 0 to about 5."""

    emotion: Emotion
    points: float


@dataclass(slots=True)
class _Reading:
    """What has been read so far and still works on what follows; ends are word positions."""

    negated_until: int = -1
    factor: float = 1.0
    factor_until: int = -1

    def negate(self, end: int) -> None:
        self.negated_until = end + NEGATION_REACH_WORDS

    def strengthen(self, start: int, end: int, factor: float) -> None:
        previous = self.factor if start <= self.factor_until else 1.0
        self.factor = min(2.0, previous * factor)
        self.factor_until = end + INTENSIFIER_REACH_WORDS

    def clear(self) -> None:
        self.negated_until = self.factor_until = -1


def collect(text: Sequence[str], lexicon: Lexicon) -> list[Evidence]:
    """The feelings that a text's words tell, in order."""
    found: list[Evidence] = []
    reading = _Reading()
    clause_ends = [position for position, word in enumerate(text) if word == CLAUSE_END]
    for match in lexicon.index.find(text):
        while clause_ends and clause_ends[0] < match.start:
            clause_ends.pop(0)
            reading.clear()
        found.extend(_read(match, reading, lexicon))
    return found


def _read(match: Match[Sense], reading: _Reading, lexicon: Lexicon) -> list[Evidence]:
    evidence: list[Evidence] = []
    # A phrase can be listed as a feeling and as an intensifier ("damn"): the feeling is read before it changes others.
    for sense in match.values:
        match sense:
            case Feeling():
                evidence.append(_feeling(sense, match.start, reading, lexicon))
            case Intensifier(factor=factor):
                reading.strengthen(match.start, match.end, factor)
            case Negator():
                reading.negate(match.end)
            case ClauseBreak():
                reading.clear()
            case Ignored():
                pass
    return evidence


def _feeling(sense: Feeling, start: int, reading: _Reading, lexicon: Lexicon) -> Evidence:
    points = sense.points * (reading.factor if start <= reading.factor_until else 1.0)
    if start > reading.negated_until:
        return Evidence(sense.emotion, points)
    negation = lexicon.negated[sense.emotion]
    return Evidence(negation.emotion, points * negation.share)
