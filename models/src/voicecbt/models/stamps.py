"""Stamps: what a model's files looked like when they were last hashed.

Hashing 150 MB costs a tenth of a second or more at each start of each service. A stamp keeps the size
and modification time of every verified file beside the hash it had, so that a normal start only
needs one `stat` per file. Whoever changes a file behind our back while keeping size and time is found
by `verify --deep`.
"""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from voicecbt.models.catalog import Model

STAMP_NAME = ".verified.json"


@dataclass(frozen=True, slots=True)
class FileStamp:
    """Hash, size in bytes and modification time in nanoseconds of one verified file."""

    sha256: str
    bytes: int
    mtime_ns: int


def stamp_is_current(folder: Path, model: Model) -> bool:
    """Whether every file of the model is unchanged since it was found to match the catalogue."""
    stamped = _read(folder / STAMP_NAME)
    try:
        return all(stamped.get(file.name) == _stamp(folder / file.name, file.sha256) for file in model.files)
    except OSError:
        return False


def write_stamp(folder: Path, model: Model) -> None:
    """Record that every file matches the catalogue; the caller has just hashed them. Raises OSError."""
    stamped = {file.name: _fields(_stamp(folder / file.name, file.sha256)) for file in model.files}
    unfinished = folder / f"{STAMP_NAME}.{os.getpid()}"
    try:
        unfinished.write_text(json.dumps(stamped), encoding="utf-8")
        unfinished.replace(folder / STAMP_NAME)
    finally:
        unfinished.unlink(missing_ok=True)


def _fields(stamp: FileStamp) -> list[str | int]:
    return [stamp.sha256, stamp.bytes, stamp.mtime_ns]


def _stamp(path: Path, sha256: str) -> FileStamp:
    status = path.stat()
    return FileStamp(sha256, status.st_size, status.st_mtime_ns)


def _read(path: Path) -> dict[str, FileStamp]:
    # A stamp that cannot be read only costs a full hash, so it is never an error.
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        return {name: FileStamp(*fields) for name, fields in raw.items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}
