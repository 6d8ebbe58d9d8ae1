"""Text search (BM25) in memory: it works without any model and without Chroma."""

import logging
import re
from collections.abc import Sequence

import bm25s
import numpy as np
import Stemmer
from numpy.typing import NDArray

# It sets its own level and reports every index at DEBUG, whatever the service was told.
logging.getLogger("bm25s").setLevel(logging.WARNING)

# People say the same things over and over ("I just feel like"); these words of theirs say nothing about the topic.
_SPOKEN_STOP_WORDS = """
a an and are as at be been but by do does did for from had has have i im ive id if in into is it its just like
me my of on or really so some such that the their then there these they this to was were will with you your am
up out about what when which who can could would dont cant know get got going feel keep because every any all no
not
"""


_STOP_WORDS = frozenset(_SPOKEN_STOP_WORDS.split())


def content_words(text: str) -> list[str]:
    """The words that say something about a topic, in order."""
    plain = text.casefold().replace("'", "").replace("\u2019", "")
    return [word for word in re.findall(r"[a-z]{2,}", plain) if word not in _STOP_WORDS]


class TextIndex:
    """BM25 (Lucene's variant) over stemmed English words."""

    def __init__(self, texts: Sequence[str]) -> None:
        self._size = len(texts)
        self._stemmer = Stemmer.Stemmer("english")
        self._index = bm25s.BM25(method="lucene", k1=1.2, b=0.75)
        self._index.index(self._words(texts), show_progress=False)

    def scores(self, query: str) -> NDArray[np.float32]:
        """The BM25 score of each text: float32[texts], 0 and up. All zero for a query without known words."""
        words = [word for word in self._words([query])[0] if word in self._index.vocab_dict]
        if not words:
            return np.zeros(self._size, dtype=np.float32)
        return np.asarray(self._index.get_scores(words), dtype=np.float32)

    def _words(self, texts: Sequence[str]) -> list[list[str]]:
        plain = [text.casefold().replace("'", "").replace("\u2019", "") for text in texts]
        tokens = bm25s.tokenize(
            plain, stopwords=_SPOKEN_STOP_WORDS.split(), stemmer=self._stemmer, return_ids=False, show_progress=False
        )
        return [list(each) for each in tokens]
