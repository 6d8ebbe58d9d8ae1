"""One small step from the best article: grounded, short, and not the one that was said before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from voicecbt.rag.compose.sentences import sentences_of, word_count
from voicecbt.rag.content_schema import Article
from voicecbt.rag.domain import Citation, Passage, Utterance

_STEP = re.compile(r"^\s*\d+\.\s+(.+)$", re.MULTILINE)
_LONGEST_WORDS = 22  # about eight seconds of speech
_SHORTEST_WORDS = 4
# An article that fits worse than this is not worth quoting: about the best score of a query off every topic.
LEAST_SCORE = 0.3
# A step that leans on what stood before it cannot be said alone.
_LEANS = re.compile(
    r"^(?:then|now|so|and|but|also|next|if not|do the same|repeat|again|when it|it|they|these|those|that|this)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Tip:
    """A step, and the article that it is from."""

    text: str
    citation: Citation


def choose_tip(passages: Sequence[Passage], articles: dict[str, Article], history: Sequence[Utterance]) -> Tip | None:
    """The first step of the best passage's article that was not said yet; None where nothing fits well enough."""
    if not passages or passages[0].score < LEAST_SCORE:
        return None
    best = passages[0]
    article = articles.get(best.document_id)
    steps = _STEP.findall(article.body) if article else sentences_of(best.text)
    said = [each.text for each in history if not each.by_person]
    for step in (_speakable(step) for step in steps):
        if step and not any(step in earlier for earlier in said):
            return Tip(step, Citation(best.document_id, best.title, best.sources))
    return None


def _speakable(step: str) -> str:
    """The step's first sentence where it can stand alone in a reply, else empty."""
    first = sentences_of(step.replace("**", "").strip())[0]
    fits = _SHORTEST_WORDS <= word_count(first) <= _LONGEST_WORDS
    alone = "?" not in first and not _LEANS.match(first) and first.endswith((".", "!", '."'))
    return first if fits and alone else ""
