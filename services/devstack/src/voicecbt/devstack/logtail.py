"""Follows the log files of all programs, from their present ends."""

import asyncio
from collections.abc import Callable
from os import SEEK_END
from pathlib import Path

POLL_SECONDS = 0.3
MAX_READ_BYTES = 1 << 20  # A program that floods its log must not stall the others.

Print = Callable[[str, str], None]


async def follow_logs(folder: Path, show: Print) -> None:
    """Calls `show(program, line)` for each new line until cancelled. Follows rotation."""
    positions = {path: _size(path) for path in _logs(folder)}
    while True:
        for path in _logs(folder):
            positions[path] = _read_new(path, positions.get(path, 0), show)
        await asyncio.sleep(POLL_SECONDS)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _logs(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.log"))


def _read_new(path: Path, position: int, show: Print) -> int:
    try:
        with path.open("rb") as log:
            if log.seek(0, SEEK_END) < position:  # Rotated: what is there now is new.
                position = 0
            log.seek(position)
            data = log.read(MAX_READ_BYTES)
    except FileNotFoundError:  # In the middle of a rotation.
        return 0
    complete, _, _ = data.rpartition(b"\n")
    for line in complete.decode(errors="replace").splitlines():
        show(path.stem, line)
    return position + (len(complete) + 1 if complete else 0)
