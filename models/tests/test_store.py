import os
from importlib.metadata import version
from pathlib import Path

import pytest

from voicecbt.models import ModelCorrupt, ModelMissing, ModelStore
from voicecbt.models.catalog import Catalog
from voicecbt.models.errors import UnknownModel
from voicecbt.models.fetch import Fetcher
from voicecbt.models.settings import ModelsSettings
from voicecbt.models.stamps import STAMP_NAME
from voicecbt.models.store import ModelState
from voicecbt.models.testing import FolderSource, describe_file, sha256

pytestmark = pytest.mark.integration


@pytest.fixture
def filled(store: ModelStore, wheelhouse: Path) -> ModelStore:
    Fetcher(store, FolderSource(wheelhouse)).pull()
    return store


def replace_byte(path: Path, *, keep_mtime: bool) -> None:
    status = path.stat()
    with path.open("r+b") as stream:
        first = stream.read(1)
        stream.seek(0)
        stream.write(bytes([first[0] ^ 1]))
    if keep_mtime:
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))


def test_a_model_lies_in_a_folder_of_its_name_and_version(filled: ModelStore, weights: bytes) -> None:
    folder = filled.path("split")
    assert folder == filled.directory / "split" / "1"
    assert (folder / "model.bin").read_bytes() == weights


def test_a_missing_model_says_how_to_get_it(store: ModelStore) -> None:
    assert store.state("split") is ModelState.MISSING
    with pytest.raises(ModelMissing, match="run: voicecbt models pull split"):
        store.path("split")


def test_a_missing_file_counts_as_missing(filled: ModelStore) -> None:
    (filled.path("split") / "vocabulary.txt").unlink()
    with pytest.raises(ModelMissing, match=r"vocabulary\.txt"):
        filled.path("split")


def test_an_unknown_model_is_refused(store: ModelStore) -> None:
    with pytest.raises(UnknownModel, match="split"):
        store.path("nothing")


def test_a_changed_file_is_found_and_says_what_to_do(filled: ModelStore) -> None:
    replace_byte(filled.path("split") / "model.bin", keep_mtime=False)
    assert filled.state("split") is ModelState.CORRUPT
    with pytest.raises(ModelCorrupt, match=r"model\.bin does not match.*voicecbt models pull split"):
        filled.path("split")


def test_a_truncated_file_is_found(filled: ModelStore) -> None:
    os.truncate(filled.path("split") / "model.bin", 100)
    assert filled.state("split") is ModelState.CORRUPT


def test_only_a_deep_check_finds_a_change_that_keeps_size_and_time(filled: ModelStore) -> None:
    replace_byte(filled.path("split") / "model.bin", keep_mtime=True)
    assert filled.state("split") is ModelState.PRESENT
    assert filled.state("split", deep=True) is ModelState.CORRUPT


def test_the_stamp_saves_hashing_and_is_renewed(filled: ModelStore) -> None:
    folder = filled.path("split")
    os.utime(folder / "model.bin")  # touched, not changed: one full hash, then stamped again
    before = (folder / STAMP_NAME).read_text()
    assert filled.path("split") == folder
    assert (folder / STAMP_NAME).read_text() != before


@pytest.mark.parametrize("content", ["", "[]", "null", '{"model.bin": 3}', "\x00"])
def test_a_damaged_stamp_only_costs_a_hash(filled: ModelStore, content: str) -> None:
    stamp = filled.path("split") / STAMP_NAME
    stamp.write_text(content)
    assert filled.state("split") is ModelState.PRESENT
    assert "model.bin" in stamp.read_text()


def test_a_stamp_does_not_outlive_a_new_hash_in_the_catalogue(filled: ModelStore, catalog: Catalog) -> None:
    split = catalog.model("split")
    other = describe_file("model.bin", b"x" * split.files[0].bytes, ("weights-1", "a/part1"))
    changed = split.model_copy(update={"files": (other, split.files[1])})
    newer = catalog.model_copy(update={"models": (changed,)})
    assert ModelStore(filled.directory, newer).state("split") is ModelState.CORRUPT


def installed_catalog(root: Path, content: bytes, distribution: str) -> Catalog:
    entry = describe_file("voice.onnx", content).model_dump(exclude={"parts"})
    fields = {"name": "voice", "version": "1", "task": "t", "engine": "hibari", "licence": "MIT"}
    origin = {"author": "a", "revision": "r", "paper": "p", "memory_mib": 1}
    installed = {"distribution": distribution, "version": "2.0", "directory": "voices/assets"}
    model = {**fields, **origin, "installed": installed, "file": [entry]}
    info = root / "voices-2.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: voices\nVersion: 2.0\n")
    (info / "RECORD").write_text("")
    (root / "voices" / "assets").mkdir(parents=True)
    (root / "voices" / "assets" / "voice.onnx").write_bytes(content)
    return Catalog.model_validate({"schema": 1, "model": [model]})


def test_a_model_inside_a_distribution_is_found_and_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    store = ModelStore(tmp_path / "models", installed_catalog(tmp_path, b"weights", "voices"))
    assert store.path("voice") == tmp_path / "voices" / "assets"
    (tmp_path / "voices" / "assets" / "voice.onnx").write_bytes(b"weightz")
    with pytest.raises(ModelCorrupt, match=r"pip install --force-reinstall voices==2\.0"):
        store.path("voice")
    assert not (tmp_path / "voices" / "assets" / STAMP_NAME).exists()


def test_a_distribution_that_is_not_installed_is_missing(tmp_path: Path) -> None:
    store = ModelStore(tmp_path / "models", installed_catalog(tmp_path, b"weights", "no-such-voices"))
    with pytest.raises(ModelMissing, match=r"pip install no-such-voices==2\.0"):
        store.path("voice")


def test_the_voice_that_is_installed_is_the_catalogued_one() -> None:
    store = ModelStore()
    installed = store.catalog.model("hibari-tts").installed
    assert installed is not None
    assert version(installed.distribution) == installed.version
    assert sha256((store.verify("hibari-tts") / "hibari.onnx").read_bytes()).startswith("5f70741d")


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"VOICECBT_MODELS_DIR": "/a/b"}, Path("/a/b")),
        ({"XDG_CACHE_HOME": "/x"}, Path("/x/voicecbt/models")),
        ({"XDG_CACHE_HOME": ""}, Path("/home/p/.cache/voicecbt/models")),
        ({"XDG_CACHE_HOME": "relative"}, Path("/home/p/.cache/voicecbt/models")),
    ],
)
def test_where_models_lie(environment: dict[str, str], expected: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("VOICECBT_MODELS_DIR", raising=False)
    monkeypatch.setenv("HOME", "/home/p")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert ModelsSettings().dir == expected
