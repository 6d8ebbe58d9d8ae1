"""Programs started for tests, and ended by their own process id."""

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

START_SECONDS = 30.0
POLL_SECONDS = 0.05
STOP_SECONDS = 10.0


class DidNotStart(Exception):
    """A program ended, or was not ready in time; holds the end of its output."""


@contextmanager
def program(
    command: Sequence[str], ready: Callable[[], bool], log: Path, environment: dict[str, str] | None = None
) -> Iterator[subprocess.Popen[bytes]]:
    """Runs `command` inside the block, once `ready` says so; its output goes to `log`. SIGINT, then SIGKILL, end it."""
    with log.open("wb") as output:
        process = subprocess.Popen(list(command), stdout=output, stderr=subprocess.STDOUT, env=environment)
    try:
        _wait(process, ready, log)
        yield process
    finally:
        _stop(process)


def _wait(process: subprocess.Popen[bytes], ready: Callable[[], bool], log: Path) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not ready():
        if process.poll() is not None or time.monotonic() > deadline:
            raise DidNotStart(f"{process.args!r}: {log.read_text(errors='replace')[-2000:]}")
        time.sleep(POLL_SECONDS)


def _stop(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        process.send_signal(2)
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
