"""The real content loads; a broken copy of it is named by file and field."""

import shutil
from pathlib import Path

import pytest

from voicecbt.rag.content import ContentError, content_digest, load_content

pytestmark = pytest.mark.integration

ARTICLE = "articles/worry/worry-tree.md"


@pytest.fixture
def folder(knowledge_dir: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(knowledge_dir, tmp_path / "knowledge"))


def _edit(path: Path, old: str, new: str) -> None:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), "utf-8")


def test_the_repositorys_content_is_whole(knowledge_dir: Path) -> None:
    content = load_content(knowledge_dir)
    assert len(content.articles) >= 40
    assert len(content.responses) + len(content.acknowledgements) >= 60
    assert {protocol.id for protocol in content.protocols} >= {"check_in", "thought_record"}


@pytest.mark.parametrize(
    ("file", "old", "new", "field"),
    [
        (ARTICLE, "title: ", "titel: ", "title"),
        (ARTICLE, "difficulty: beginner", "difficulty: trivial", "difficulty"),
        (ARTICLE, "id: worry-tree", "id: worry-shrub", "id"),
        (ARTICLE, "category: worry", "category: anger", "category"),
        (ARTICLE, "emotions: [anxiety, fear]", "emotions: [anxiety, bliss]", "emotions.1"),
        ("responses/worry_time.yaml", "phase: opening", "phase: middle", "[0].phase"),
        ("responses/worry_time.yaml", "severity: [mild, moderate]", "severity: []", "[0].severity"),
        ("safety/responses.yaml", "level: elevated", "level: low", "[0].level"),
        ("protocols/check_in.yaml", "next: feeling", "next: nowhere", "(file)"),
        ("safety/helplines.yaml", 'country: "US"', 'country: "usa"', "countries.0.country"),
        ("golden_queries.yaml", "[anxiety-your-alarm-system]", "[no-such-article]", "[0].articles"),
        ("golden_queries.yaml", "- query", "query", "(file)"),
    ],
)
def test_a_broken_item_is_named(folder: Path, file: str, old: str, new: str, field: str) -> None:
    _edit(folder / file, old, new)
    with pytest.raises(ContentError) as caught:
        load_content(folder)
    assert caught.value.file == file
    assert caught.value.field == field
    assert str(caught.value).startswith(f"{file}: {field}: ")


def test_an_unknown_slot_is_named(folder: Path) -> None:
    _edit(folder / "responses/breathing.yaml", "{feeling}", "{mood}")
    with pytest.raises(ContentError, match=r"unknown slots \['mood'\]"):
        load_content(folder)


def test_an_id_used_twice_is_named(folder: Path) -> None:
    _edit(folder / "responses/worry_time.yaml", "id: worry-exploring\n", "id: worry-opening\n")
    with pytest.raises(ContentError, match="'worry-opening' is used 2 times"):
        load_content(folder)


@pytest.mark.parametrize("data", [b"\xff\xfe\x00", b"a: [", b"", b"- 1\n- 2\n"])
def test_bytes_that_are_no_content_are_named(folder: Path, data: bytes) -> None:
    (folder / "responses/worry_time.yaml").write_bytes(data)
    with pytest.raises(ContentError) as caught:
        load_content(folder)
    assert caught.value.file == "responses/worry_time.yaml"


def test_a_missing_file_or_an_empty_folder_is_an_error(folder: Path, tmp_path: Path) -> None:
    (folder / "golden_queries.yaml").unlink()
    with pytest.raises(ContentError, match=r"golden_queries\.yaml"):
        load_content(folder)
    with pytest.raises(ContentError):
        load_content(tmp_path / "nothing")


def test_the_digest_sees_every_change_and_only_changes(folder: Path) -> None:
    before = content_digest(folder)
    assert content_digest(folder) == before
    (folder / "README.md").write_text("other words")
    assert content_digest(folder) == before
    _edit(folder / ARTICLE, "three short questions", "three small questions")
    assert content_digest(folder) != before
