"""A knowledge version in memory, ready to answer."""

from dataclasses import dataclass
from pathlib import Path

from voicecbt.rag.chunking import Chunk, ChunkKind, chunks_of
from voicecbt.rag.content import Content, load_content
from voicecbt.rag.content_schema import CannedResponse, Quotable
from voicecbt.rag.lexical import TextIndex


@dataclass(frozen=True, slots=True)
class ServingKnowledge:
    """Immutable: a switch replaces the whole, so that no reply mixes two versions."""

    version: str
    content: Content
    by_article: dict[str, tuple[Chunk, ...]]
    # Those that text search looks at, in the order of its scores.
    text_chunks: tuple[Chunk, ...]
    responses: dict[str, CannedResponse]
    quotable: dict[str, Quotable]
    text_index: TextIndex

    @property
    def chunks(self) -> tuple[Chunk, ...]:
        """All chunks, article by article."""
        return tuple(chunk for chunks in self.by_article.values() for chunk in chunks)

    @classmethod
    def load(cls, version: str, folder: Path, chunk_words: int) -> "ServingKnowledge":
        """Read a version's content (blocking, about 300 ms). Raises ContentError."""
        return cls.of(version, load_content(folder), chunk_words)

    @classmethod
    def of(cls, version: str, content: Content, chunk_words: int) -> "ServingKnowledge":
        """The version that serves this content."""
        by_article = {article.id: tuple(chunks_of(article, chunk_words)) for article in content.articles}
        chunks = [chunk for each in by_article.values() for chunk in each]
        # Single sayings stand in the joined ones already; twice would count their words double.
        text_chunks = tuple(chunk for chunk in chunks if chunk.kind is not ChunkKind.SAYING)
        return cls(
            version=version,
            content=content,
            by_article=by_article,
            text_chunks=text_chunks,
            responses={response.id: response for response in content.responses},
            quotable={each.article: each for each in content.quotable},
            text_index=TextIndex([chunk.indexed for chunk in text_chunks]),
        )
