"""A query with what was said before it: "yes, since Monday" means little alone."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicecbt.rag.lexical import content_words

EARLIER_UTTERANCES = 3  # more than that is another moment of the conversation
# The share of what was said before: that of a message without content words, and how fast each one lowers it.
# Chosen on the golden queries and on tests/data/two_turn_queries.yaml; README.md has the figures.
_LARGEST_SHARE, _SHARE_PER_WORD, _LEAST_SHARE = 0.8, 0.1, 0.25
_DECAY = 0.5  # of each utterance further back
_FULL_WORDS = 4  # an earlier utterance with fewer content words counts for less


@dataclass(frozen=True, slots=True)
class QueryPart:
    """One utterance and its share of the query; the shares of a query sum to 1."""

    text: str
    share: float


# Words of an answer, which say nothing about a topic either.
_ANSWER_WORDS = frozenset(
    """
    yes yeah no nope maybe ok okay sure try help think something nothing thing things tell want said say says percent
    day days week weeks sometimes often again still always ever well good bad lot much more less
    """.split()  # noqa: SIM905 - a list of fifty words is easier to read so
)


def query_parts(query: str, earlier: Sequence[str] = ()) -> tuple[QueryPart, ...]:
    """The query and the last utterances before it (`earlier`, oldest first), by decaying share."""
    recent = list(reversed([each for each in earlier if each.strip()]))[:EARLIER_UTTERANCES]
    weights = [_DECAY**back * min(_topic_words(each) / _FULL_WORDS, 1.0) for back, each in enumerate(recent)]
    total = sum(weights)
    if not total:
        return (QueryPart(query, 1.0),)
    share = max(_LARGEST_SHARE - _SHARE_PER_WORD * _topic_words(query), _LEAST_SHARE) * min(total, 1.0)
    before = [QueryPart(text, share * weight / total) for text, weight in zip(recent, weights, strict=True) if weight]
    return (QueryPart(query, 1.0 - share), *before)


def _topic_words(text: str) -> int:
    return sum(word not in _ANSWER_WORDS for word in content_words(text))
