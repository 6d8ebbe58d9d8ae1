"""Articles cut into passages that a query can be close to."""

import re
from dataclasses import dataclass

from voicecbt.rag.content_schema import Article

# A changed way of cutting must make a new knowledge version.
CHUNKING = "paragraphs-2"
_HEADING = re.compile(r"^#+\s*(.*)$")
_LIST_MARK = re.compile(r"^\s*(?:\d+\.|[-*])\s+", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage of an article: `text` is said and shown, `indexed` is what search looks at."""

    id: str
    article: Article
    text: str
    indexed: str


def chunks_of(article: Article, full_words: int) -> list[Chunk]:
    """Paragraph groups of about `full_words` words, each indexed with the title and keywords as context.

    One chunk more holds the title and keywords alone: they are how people put it, and longer text would drown them.
    """
    spoken = ". ".join((article.title, *article.keywords))
    groups = _groups(_paragraphs(article.body), full_words)
    chunks = [
        Chunk(f"{article.id}#{index}", article, text, f"{article.title}. {text}") for index, text in enumerate(groups)
    ]
    return [Chunk(f"{article.id}#keywords", article, groups[0], spoken), *chunks]


def _paragraphs(body: str) -> list[str]:
    """Paragraphs without Markdown; a heading joins the paragraph below it."""
    found: list[str] = []
    heading = ""
    for block in (block.strip() for block in re.split(r"\n\s*\n|\n(?=#)|(?<=\n)(?=\n)", body)):
        first, _, rest = block.partition("\n")
        title = _HEADING.match(first)
        text = rest if title else block
        heading = title.group(1) if title else heading
        if plain := _plain(text):
            found.append(f"{heading}: {plain}" if heading else plain)
            heading = ""
    return found


def _plain(text: str) -> str:
    return " ".join(_LIST_MARK.sub("", text).replace("**", "").split())


def _groups(paragraphs: list[str], full_words: int) -> list[str]:
    groups: list[list[str]] = [[]]
    for paragraph in paragraphs:
        words = sum(len(each.split()) for each in groups[-1])
        if words and words + len(paragraph.split()) > full_words * 1.2:
            groups.append([])
        groups[-1].append(paragraph)
    return [" ".join(group) for group in groups]
