"""What in the person's words changes the next move: a wish for something to do, or good news."""

import re
from functools import lru_cache

from voicecbt.rag.compose.wording import CueWording
from voicecbt.rag.domain import Emotion, Feeling, Severity
from voicecbt.rag.risk.normalise import normalise

# A voice that sounds otherwise is believed more than words that may be said with irony.
_OPEN_TO_GOOD_NEWS = frozenset({None, Emotion.NEUTRAL, Emotion.CALM, Emotion.JOY, Emotion.SURPRISE})
_GLAD = frozenset({Emotion.CALM, Emotion.JOY})


@lru_cache(maxsize=8)
def _any_of(patterns: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(f"(?:{each})" for each in patterns))


def asks_for_help(text: str, cues: CueWording) -> bool:
    """Whether the person asks for something to do."""
    return bool(_any_of(cues.asks_for_help).search(normalise(text)))


def gladdened(text: str, feeling: Feeling, cues: CueWording) -> Feeling:
    """The feeling, or joy where the words tell of something that went better and the voice does not disagree."""
    plain = normalise(text)
    told = _any_of(cues.good_news).search(plain) and not _any_of(cues.not_good_news).search(plain)
    if told and feeling.emotion in _OPEN_TO_GOOD_NEWS and feeling.emotion not in _GLAD:
        return Feeling(Emotion.JOY, Severity.MILD)
    return feeling


def is_glad(feeling: Feeling) -> bool:
    """Whether there is something to be glad of: no time for advice."""
    return feeling.emotion in _GLAD
