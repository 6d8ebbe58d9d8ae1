"""Longest-match search for phrases in a list of words, by a trie."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")
# Shorter prefixes than this would match half the dictionary.
MIN_PREFIX_LETTERS = 3


@dataclass(slots=True)
class _Node(Generic[T]):
    exact: dict[str, "_Node[T]"] = field(default_factory=dict)
    prefixes: dict[str, "_Node[T]"] = field(default_factory=dict)
    values: list[T] = field(default_factory=list)

    def child(self, pattern: str) -> "_Node[T]":
        children = self.prefixes if pattern.endswith("*") else self.exact
        return children.setdefault(pattern.removesuffix("*"), _Node())

    def following(self, word: str) -> "Iterable[_Node[T]]":
        """Nodes that the word leads to, the most specific first."""
        if word in self.exact:
            yield self.exact[word]
        if self.prefixes:
            for length in range(len(word), MIN_PREFIX_LETTERS - 1, -1):
                if word[:length] in self.prefixes:
                    yield self.prefixes[word[:length]]


@dataclass(frozen=True, slots=True)
class Match(Generic[T]):
    """A phrase found at words [start, end), with everything it was listed under."""

    start: int
    end: int
    values: tuple[T, ...]


class PhraseIndex(Generic[T]):
    """Finds listed phrases. A word of a phrase that ends in `*` matches every word that begins so."""

    def __init__(self) -> None:
        self._root: _Node[T] = _Node()

    def add(self, pattern: Sequence[str], value: T) -> None:
        """List a phrase under a value. Raises ValueError for an empty phrase or too short a prefix."""
        if not pattern or any(word.endswith("*") and len(word) <= MIN_PREFIX_LETTERS for word in pattern):
            raise ValueError("a phrase needs words, and a prefix at least three letters")
        node = self._root
        for word in pattern:
            node = node.child(word)
        if value not in node.values:
            node.values.append(value)

    def find(self, text: Sequence[str]) -> list[Match[T]]:
        """Matches from left to right, none overlapping, at each place the longest."""
        found: list[Match[T]] = []
        position = 0
        while position < len(text):
            match = self._longest(text, position)
            if match is None:
                position += 1
                continue
            found.append(match)
            position = match.end
        return found

    def _longest(self, text: Sequence[str], start: int) -> Match[T] | None:
        best: Match[T] | None = None
        nodes = [self._root]
        for end in range(start, len(text)):
            nodes = [following for node in nodes for following in node.following(text[end])]
            if not nodes:
                break
            values = next((node.values for node in nodes if node.values), None)
            if values:
                best = Match(start, end + 1, tuple(values))
        return best
