"""One sentence of an article, word for word: what explains, or something to try, and never what was said before."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from voicecbt.rag.content_schema import Quotable
from voicecbt.rag.domain import Citation, Passage, Utterance

# A passage is quoted from so good a score on; those that score worse still say what the conversation is about.
_QUOTED_SCORE = 0.38
# Between passages that fit about as well, the one of the conversation's technique is quoted.
_TECHNIQUE_BONUS = 0.1


class QuoteKind(StrEnum):
    """What a quotation is for."""

    EXPLAINS = "explains"
    STEP = "steps"


@dataclass(frozen=True, slots=True)
class Quote:
    """A sentence, its number within its kind, and the article that it is from."""

    text: str
    kind: QuoteKind
    number: int
    citation: Citation

    @property
    def document_id(self) -> str:
        """The article's id."""
        return self.citation.document_id


def choose_quote(
    passages: Sequence[Passage],
    quotable: dict[str, Quotable],
    history: Sequence[Utterance],
    kind: QuoteKind,
    technique: str,
    least_score: float = _QUOTED_SCORE,
) -> Quote | None:
    """The first sentence of that kind that was not said yet, of the passage that fits best; None where none does."""
    said = [each.text for each in history if not each.by_person]
    fitting = [passage for passage in passages if passage.score >= least_score]
    for passage in sorted(fitting, key=lambda each: -each.score - _TECHNIQUE_BONUS * (each.technique == technique)):
        source = quotable[passage.document_id]
        sentences = source.steps if kind is QuoteKind.STEP else source.explains
        for number, sentence in enumerate(sentences, start=1):
            if not any(sentence in earlier for earlier in said):
                return Quote(sentence, kind, number, Citation(passage.document_id, passage.title, passage.sources))
    return None
