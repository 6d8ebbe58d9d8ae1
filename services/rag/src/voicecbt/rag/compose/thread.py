"""The thread of a conversation: what the person has said in it, and the technique that it is about."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Self

from voicecbt.rag.content_schema import Quotable
from voicecbt.rag.domain import Passage, ReplyRequest
from voicecbt.rag.lexical import content_words
from voicecbt.rag.risk.normalise import normalise

# An article that fits worse than this says nothing about the topic: about the best score of a query off every topic.
LEAST_SCORE = 0.3
# A new topic takes over only with so good a score, so far ahead of the held one, and so many words of its own.
_CHANGE_SCORE = 0.5
_CHANGE_LEAD = 0.15
_CHANGE_WORDS = 3
# Fewer content words than this are an answer ("since Monday"), not a turn that says what it is about.
_CONTENT_WORDS = 2
_SEARCHED_UTTERANCES = 4  # with the message itself about a hundred words
# What fits the thread counts a little less than what fits the last message as well.
_THREAD_DISCOUNT = 0.9
NO_TECHNIQUE = frozenset({"", "safety", "supportive_listening"})


@dataclass(frozen=True, slots=True)
class Thread:
    """`now` and `before` are the person's words in the rules' plain form; `held` is the technique until now or ""."""

    now: str
    before: str
    held: str
    content_turns: int
    # What was said, newest last: as much as one search reads.
    spoken: str

    @classmethod
    def of(cls, request: ReplyRequest) -> Self:
        """The thread that ends with the request's message."""
        said = [each.text for each in request.history if each.by_person]
        used = [each.technique for each in request.history if not each.by_person]
        return cls(
            now=normalise(request.text),
            before=" . ".join(normalise(each) for each in said),
            held=next((each for each in reversed(used) if each not in NO_TECHNIQUE), ""),
            spoken=" ".join((*said[-_SEARCHED_UTTERANCES:], request.text)),
            content_turns=sum(len(content_words(each)) >= _CONTENT_WORDS for each in (*said, request.text)),
        )

    def mentions(self, stems: Sequence[str]) -> bool:
        """Whether the person said a word or phrase that begins so; true where nothing is asked for."""
        return not stems or says(self.now, stems) or says(self.before, stems)

    def technique_of(self, relevant: Sequence[Passage]) -> str:
        """The technique that the most and the best of these passages teach; empty where there are none."""
        worth: dict[str, float] = {}
        for passage in relevant:
            worth[passage.technique] = worth.get(passage.technique, 0.0) + passage.score - LEAST_SCORE
        return max(worth, key=lambda each: worth[each], default="")

    def turns_to(self, relevant: Sequence[Passage], quotable: dict[str, Quotable]) -> bool:
        """Whether the last message, for which these were found, is about something that was not spoken of before."""
        best_held = max((each.score for each in relevant if each.technique == self.held), default=0.0)
        if not relevant or relevant[0].score < best_held + _CHANGE_LEAD:
            return False
        words = quotable[relevant[0].document_id].needs_words
        is_new = says(self.now, words) and not says(self.before, words)
        return is_new and relevant[0].score >= _CHANGE_SCORE and len(content_words(self.now)) >= _CHANGE_WORDS


def together(passages: Sequence[Passage], of_thread: Sequence[Passage]) -> list[Passage]:
    """What was found for the last message and for the whole thread, each article once, best first."""
    found = {each.document_id: replace(each, score=each.score * _THREAD_DISCOUNT) for each in of_thread}
    for passage in passages:
        if passage.document_id not in found or found[passage.document_id].score < passage.score:
            found[passage.document_id] = passage
    return sorted(found.values(), key=lambda each: -each.score)


def relevant_passages(passages: Sequence[Passage], quotable: dict[str, Quotable], thread: Thread) -> list[Passage]:
    """The passages that fit well enough and are about something that the person spoke of, best first."""
    return [
        passage
        for passage in passages
        if passage.score >= LEAST_SCORE
        and passage.document_id in quotable
        and thread.mentions(quotable[passage.document_id].needs_words)
    ]


def says(plain: str, stems: Sequence[str]) -> bool:
    """Whether a text in the rules' plain form has a word or phrase that begins with one of these."""
    return bool(_beginning(tuple(stems)).search(plain))


@lru_cache(maxsize=512)  # one for each article and response that needs words
def _beginning(stems: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"\b(?:" + "|".join(re.escape(each) for each in stems) + ")")
