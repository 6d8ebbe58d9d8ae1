"""The record of knowledge versions: one folder each, written so that a killed process leaves no half truth.

<data_dir>/versions/<version>/content/     the content as it was built, word for word
<data_dir>/versions/<version>/manifest.json
<data_dir>/active.json                     which version serves, and the one before it
"""

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from tempfile import NamedTemporaryFile

from pydantic import BaseModel, ConfigDict, ValidationError

from voicecbt.rag.chunking import CHUNKING
from voicecbt.rag.domain import KnowledgeState, KnowledgeVersion


class Manifest(BaseModel):
    """What is written down of a version. ACTIVE is not a state of its own here: `active.json` says it."""

    model_config = ConfigDict(frozen=True)

    version: str
    state: KnowledgeState
    articles: int
    responses: int
    embedding_model: str
    chunk_words: int
    built_at: float
    recall_at_5: float = 0.0


class _Active(BaseModel):
    model_config = ConfigDict(frozen=True)

    version: str
    previous: str = ""


class BuildRunning(Exception):
    """Another build is under way in this data folder."""


def version_name(content_digest: str, embedding_model: str, chunk_words: int) -> str:
    """`kb-` and 12 hex digits: the same content, model and way of cutting have the same name."""
    parts = "\0".join((content_digest, embedding_model, CHUNKING, str(chunk_words)))
    return f"kb-{hashlib.sha256(parts.encode()).hexdigest()[:12]}"


class VersionStore:
    """Reads and writes the records below `folder` (blocking, a few kilobytes)."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        (folder / "versions").mkdir(parents=True, exist_ok=True)

    def snapshot(self, version: str) -> Path:
        """Where the content of a version lies."""
        return self._folder / "versions" / version / "content"

    def take_snapshot(self, version: str, source: Path) -> Path:
        """Copy the content folder, so that a later change of it does not change what serves."""
        target = self.snapshot(version)
        shutil.rmtree(target, ignore_errors=True)
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copytree(source, target, ignore=shutil.ignore_patterns("schema", ".*", "__pycache__"))
        return target

    def write(self, manifest: Manifest) -> None:
        """Record a version's state atomically."""
        path = self._manifest_path(manifest.version)
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_atomically(path, manifest.model_dump_json(indent=2))

    def read(self, version: str) -> Manifest | None:
        """The record of a version, or None where there is none that can be read."""
        try:
            return Manifest.model_validate_json(self._manifest_path(version).read_bytes())
        except (OSError, ValidationError):
            return None

    def active(self) -> str:
        """The version that serves; empty when none does."""
        return self._read_active().version

    def previous(self) -> str:
        """The version that served before; empty when there is none."""
        return self._read_active().previous

    def activate(self, version: str) -> None:
        """Make a version the serving one atomically; the one that served becomes the previous one."""
        known = self._read_active()
        if known.version != version:
            active = _Active(version=version, previous=known.version)
            _write_atomically(self._folder / "active.json", active.model_dump_json())

    def list(self) -> list[KnowledgeVersion]:
        """All versions, newest first. A build that nobody runs any more is listed as failed."""
        found = [self.read(path.parent.name) for path in self._folder.glob("versions/*/manifest.json")]
        known = sorted((each for each in found if each), key=lambda each: each.built_at, reverse=True)
        return [self._described(each, building=self.is_building()) for each in known]

    def describe(self, version: str) -> KnowledgeVersion | None:
        """One version as it is listed."""
        return next((each for each in self.list() if each.version == version), None)

    def remove(self, version: str) -> None:
        """Forget a version; its record goes first, so that it is never listed without its content."""
        self._manifest_path(version).unlink(missing_ok=True)
        shutil.rmtree(self.snapshot(version).parent, ignore_errors=True)

    @contextlib.contextmanager
    def building(self) -> Iterator[None]:
        """Held by the one build at a time; the kernel lets go of it when a process dies. Raises BuildRunning."""
        with (self._folder / "build.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise BuildRunning from None
            yield

    def is_building(self) -> bool:
        """Whether some process is building now."""
        try:
            with self.building():
                return False
        except BuildRunning:
            return True

    def _described(self, manifest: Manifest, *, building: bool) -> KnowledgeVersion:
        state = manifest.state
        if state is KnowledgeState.BUILDING and not building:
            state = KnowledgeState.FAILED
        if state is KnowledgeState.READY and manifest.version == self.active():
            state = KnowledgeState.ACTIVE
        return KnowledgeVersion(
            version=manifest.version,
            state=state,
            articles=manifest.articles,
            responses=manifest.responses,
            embedding_model=manifest.embedding_model,
            built_at=manifest.built_at,
            recall_at_5=manifest.recall_at_5,
        )

    def _read_active(self) -> _Active:
        try:
            return _Active.model_validate_json((self._folder / "active.json").read_bytes())
        except (OSError, ValidationError):
            return _Active(version="")

    def _manifest_path(self, version: str) -> Path:
        return self._folder / "versions" / version / "manifest.json"


def _write_atomically(path: Path, text: str) -> None:
    with NamedTemporaryFile("w", dir=path.parent, prefix=f".{path.name}.", delete=False, encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    Path(file.name).replace(path)
