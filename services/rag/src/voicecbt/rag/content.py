"""The knowledge folder as typed values. A broken item is named by file and field and stops the build."""

import hashlib
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import frontmatter
import yaml
from pydantic import BaseModel, ValidationError

from voicecbt.rag.content_schema import (
    Article,
    CannedResponse,
    GoldenQuery,
    HelplineBook,
    Protocol,
    Quotable,
    SafetyResponse,
)

M = TypeVar("M", bound=BaseModel)
_CONTENT_SUFFIXES = frozenset({".md", ".yaml"})


class ContentError(Exception):
    """An item of the knowledge folder is broken. `file` is relative to the folder; `field` a dotted path."""

    def __init__(self, file: str, field: str, problem: str) -> None:
        super().__init__(f"{file}: {field}: {problem}")
        self.file = file
        self.field = field
        self.problem = problem


@dataclass(frozen=True, slots=True)
class Content:
    """Everything in the folder, checked, and the hash of its bytes."""

    articles: tuple[Article, ...]
    responses: tuple[CannedResponse, ...]
    acknowledgements: tuple[CannedResponse, ...]
    quotable: tuple[Quotable, ...]
    safety: tuple[SafetyResponse, ...]
    helplines: HelplineBook
    protocols: tuple[Protocol, ...]
    golden: tuple[GoldenQuery, ...]
    digest: str


def load_content(folder: Path) -> Content:
    """Read and check the folder (blocking). Raises ContentError."""
    responses = folder / "responses"
    content = Content(
        articles=tuple(_article(folder, path) for path in sorted(folder.glob("articles/*/*.md"))),
        responses=tuple(
            item
            for path in sorted(responses.glob("*.yaml"))
            if path.name != "acknowledgements.yaml"
            for item in _items(folder, path, CannedResponse)
        ),
        acknowledgements=_items(folder, responses / "acknowledgements.yaml", CannedResponse),
        quotable=_items(folder, folder / "quotes.yaml", Quotable),
        safety=_items(folder, folder / "safety/responses.yaml", SafetyResponse),
        helplines=_document(folder, folder / "safety/helplines.yaml", HelplineBook),
        protocols=tuple(_document(folder, path, Protocol) for path in sorted(folder.glob("protocols/*.yaml"))),
        golden=_items(folder, folder / "golden_queries.yaml", GoldenQuery),
        digest=content_digest(folder),
    )
    _check(content)
    return content


def content_digest(folder: Path) -> str:
    """SHA-256 over the names and bytes of every content file, in hex."""
    digest = hashlib.sha256()
    for path in sorted(each for each in folder.rglob("*") if each.suffix in _CONTENT_SUFFIXES):
        if path.name == "README.md":
            continue
        data = path.read_bytes()
        digest.update(f"{path.relative_to(folder).as_posix()}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _article(folder: Path, path: Path) -> Article:
    name = _name(folder, path)
    try:
        post = frontmatter.loads(_read(folder, path))
    except yaml.YAMLError as error:
        raise ContentError(name, "front matter", f"is not YAML ({type(error).__name__})") from None
    article = _parsed(name, "", {**post.metadata, "body": post.content}, Article)
    if article.id != path.stem:
        raise ContentError(name, "id", f"must be the file's name, {path.stem!r}")
    if article.category != path.parent.name:
        raise ContentError(name, "category", f"must be the folder's name, {path.parent.name!r}")
    return article


def _items(folder: Path, path: Path, model: type[M]) -> tuple[M, ...]:
    name = _name(folder, path)
    loaded = _yaml(folder, path)
    if not isinstance(loaded, list):
        raise ContentError(name, "(file)", "must be a list")
    return tuple(_parsed(name, f"[{index}]", item, model) for index, item in enumerate(loaded))


def _document(folder: Path, path: Path, model: type[M]) -> M:
    return _parsed(_name(folder, path), "", _yaml(folder, path), model)


def _yaml(folder: Path, path: Path) -> object:
    try:
        loaded: object = yaml.safe_load(_read(folder, path))
    except yaml.YAMLError as error:
        raise ContentError(_name(folder, path), "(file)", f"is not YAML ({type(error).__name__})") from None
    return loaded


def _read(folder: Path, path: Path) -> str:
    try:
        return path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ContentError(_name(folder, path), "(file)", f"cannot be read ({type(error).__name__})") from None


def _parsed(name: str, at: str, item: object, model: type[M]) -> M:
    try:
        return model.model_validate(item)
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        field = ".".join([at, *(str(part) for part in first["loc"])]).strip(".") or "(file)"
        raise ContentError(name, field, first["msg"]) from None


def _name(folder: Path, path: Path) -> str:
    return path.relative_to(folder).as_posix()


def _check(content: Content) -> None:
    """What holds between items."""
    for file, what in (("articles", content.articles), ("protocols", content.protocols)):
        if not what:
            raise ContentError(file, "(folder)", "holds nothing")
    _unique("articles", [article.id for article in content.articles])
    spoken = (*content.responses, *content.acknowledgements)
    _unique("responses", [*(item.id for item in spoken), *(item.id for item in content.safety)])
    known = {article.id for article in content.articles}
    for index, query in enumerate(content.golden):
        for article in query.articles:
            if article not in known:
                raise ContentError("golden_queries.yaml", f"[{index}].articles", f"no article {article!r}")


def _unique(file: str, ids: Sequence[str]) -> None:
    for twice, count in Counter(ids).items():
        if count > 1:
            raise ContentError(file, "id", f"{twice!r} is used {count} times")
