"""Starts a platform of its own, measures it, prints a table, and writes JSON."""

import asyncio
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from voicecbt.devstack.bench.edge import measure_edge
from voicecbt.devstack.bench.memory import measure_memory
from voicecbt.devstack.bench.report import Report, machine
from voicecbt.devstack.bench.turns import measure_transcription, measure_turns
from voicecbt.devstack.programs import Stack
from voicecbt.devstack.stack import find_stack
from voicecbt.devstack.supervision import Supervisor
from voicecbt.devstack.talk.account import access_token
from voicecbt.kit.local.ports import free_port

SETTLE_SECONDS = 5.0  # The first seconds after a start are still spent on warm-ups.


def main(
    clips: Annotated[Path | None, typer.Option(help="Folder of FLAC or WAV clips to speak instead of our own.")] = None,
    most: Annotated[int, typer.Option(help="At most so many of the clips.")] = 30,
    out: Annotated[Path, typer.Option(help="Where the JSON goes.")] = Path("bench-results"),
) -> None:
    """Measure the platform on this machine."""
    console = Console()
    report = Report(notes=dict(machine()))
    chosen = sorted(path for path in clips.iterdir() if path.suffix in {".flac", ".wav"})[:most] if clips else []
    with _platform(report) as stack:
        time.sleep(SETTLE_SECONDS)
        token = access_token(stack.address, stack.folder.path / "terminal-account.json")
        console.print("speaking ...")
        measure_turns(stack.address, token, chosen, report)
        measure_transcription(stack.address, token, report)
        console.print("calling the edge ...")
        asyncio.run(measure_edge(stack.address, f"127.0.0.1:{stack.ports['auth']}", report))
        measure_memory(Supervisor(stack.folder), report)
    report.show(console)
    console.print(f"written to {report.write(out)}")


@contextmanager
def _platform(report: Report) -> Iterator[Stack]:
    """A stack in a temporary folder, so that nobody's data is touched."""
    with tempfile.TemporaryDirectory(prefix="voicecbt-bench-") as folder:
        Path(folder).chmod(0o755)  # PostgreSQL runs under an account of its own.
        environment = {**os.environ, "VOICECBT_STACK_DIR": folder}
        voicecbt = [sys.executable, "-m", "voicecbt.devstack"]
        started = time.monotonic()
        subprocess.run([*voicecbt, "up", "--detach", "--port", str(free_port())], env=environment, check=True)
        report.add("start to ready", "ms", [(time.monotonic() - started) * 1000], "20000 to the first answer")
        try:
            stack = find_stack(Path(folder))
            if stack is None:
                raise RuntimeError("the stack did not start")
            yield stack
        finally:
            subprocess.run([*voicecbt, "down"], env=environment, check=True)


if __name__ == "__main__":
    typer.run(main)
