"""A reply as it grows: every sentence passes the rules before it is said."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from voicecbt.rag.compose.choice import fresh_text, seed_of
from voicecbt.rag.compose.sentences import sentences_of, word_count
from voicecbt.rag.compose.wording import Wording
from voicecbt.rag.domain import ReplyRequest
from voicecbt.rag.metrics import replaced_sentences
from voicecbt.rag.validation import MAX_QUESTIONS, MAX_WORDS, violations

_MOST_SENTENCES = 6


@dataclass(slots=True)
class Draft:
    """A reply as it grows; what it holds was validated."""

    request: ReplyRequest
    wording: Wording
    sentences: list[str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """What was said so far."""
        return " ".join(self.sentences)

    def room_for(self, text: str) -> bool:
        """Whether this may follow without making the reply too long or asking twice."""
        together = f"{self.text} {text}"
        enough = word_count(together) <= MAX_WORDS and len(self.sentences) + len(sentences_of(text)) <= _MOST_SENTENCES
        return enough and together.count("?") <= MAX_QUESTIONS

    def add(self, text: str) -> Iterator[str]:
        """The sentences of a vetted text as they may be said: one that breaks a rule is replaced, and counted."""
        for sentence in sentences_of(text):
            said = self._checked(sentence)
            if said:
                self.sentences.append(said)
                yield said

    def _checked(self, sentence: str) -> str:
        broken = violations(f"{self.text} {sentence}".strip(), self.request.text)
        if not broken:
            return sentence
        for rule in broken:
            replaced_sentences.labels(rule=rule).inc()
        return fresh_text(self.wording.fallback.replacement, self.request.history, seed_of(self.request))
