"""The live table of the stack's programs: state, health, memory, uptime."""

import asyncio
import json
import time
from dataclasses import asdict, dataclass
from datetime import timedelta

import psutil
from rich.table import Table

from voicecbt.devstack.health import is_healthy
from voicecbt.devstack.programs import Stack
from voicecbt.devstack.supervision import ProcessState, Supervisor

MIB = 1 << 20


@dataclass(frozen=True, slots=True)
class Row:
    """One program. `memory_mib` is the resident set of it and its children."""

    name: str
    state: str
    healthy: bool
    pid: int
    memory_mib: float
    uptime_seconds: int
    port: int


async def rows(stack: Stack) -> list[Row]:
    """Every program as it is now, in the order of start. Raises NotRunning."""
    states = {state.name: state for state in Supervisor(stack.folder).states()}
    healths = await asyncio.gather(*(is_healthy(stack, program) for program in stack.programs))
    return [
        _row(states[program.name], healthy, program.port)
        for program, healthy in zip(stack.programs, healths, strict=True)
    ]


def _row(state: ProcessState, healthy: bool, port: int) -> Row:
    uptime = int(time.time() - state.started_at) if state.state == "RUNNING" else 0
    return Row(state.name, state.state, healthy, state.pid, memory_mib(state.pid), uptime, port)


def memory_mib(pid: int) -> float:
    """Resident memory of a process and its children in MiB; 0 when it is gone. Shared pages count in each."""
    try:
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        return round(sum(each.memory_info().rss for each in family) / MIB, 1)
    except (psutil.NoSuchProcess, ValueError):
        return 0.0


def table(current: list[Row], address: str) -> Table:
    """For a terminal."""
    total = sum(row.memory_mib for row in current)
    made = Table(title=f"Voice CBT at {address}", caption=f"{total:.0f} MiB in all")
    for column in ("program", "state", "healthy", "pid", "MiB", "up", "port"):
        made.add_column(column, justify="right" if column in {"pid", "MiB", "up", "port"} else "left")
    for row in current:
        healthy = "[green]yes[/green]" if row.healthy else "[red]no[/red]"
        uptime = str(timedelta(seconds=row.uptime_seconds))
        made.add_row(row.name, row.state, healthy, str(row.pid), f"{row.memory_mib:.0f}", uptime, str(row.port))
    return made


def as_json(current: list[Row]) -> str:
    """For programs."""
    return json.dumps([asdict(row) for row in current], indent=2)
