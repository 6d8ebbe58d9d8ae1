"""Starts the stack in order, shows its logs, and stops it."""

import asyncio
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress

from rich.console import Console
from rich.text import Text

from voicecbt.devstack.health import wait_until_healthy
from voicecbt.devstack.logtail import follow_logs
from voicecbt.devstack.programs import MIGRATED, Program, Stack
from voicecbt.devstack.supervision import NotRunning, ProcessState, Supervisor, supervised

REVIVE_SECONDS = 5.0
START_SECONDS = 120.0  # A first start on a loaded machine, with models read from a cold disk.


class StartFailed(Exception):
    """A program did not become healthy; says which, and where its log is."""


async def run(stack: Stack, console: Console, show_logs: bool) -> None:
    """Runs the stack until SIGINT or SIGTERM. Raises StartFailed, having stopped what was started."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    prepare(stack)
    with supervised(stack.folder, stack.programs) as supervisor:
        starting = asyncio.create_task(start(stack, supervisor, console))
        await _first(starting, stop)
        if not stop.is_set():
            _announce(stack, console)
            await _until(stop, stack, supervisor, console, show_logs)
        console.print("\nstopping ...")
        with suppress(asyncio.CancelledError):
            starting.cancel()
            await starting
        await _stop_in_order(stack, supervisor)
    stack.folder.description.unlink(missing_ok=True)
    console.print("stopped")


async def _stop_in_order(stack: Stack, supervisor: Supervisor) -> None:
    """The front first, so that nothing new comes in; the stores last, so that live turns can still be committed."""
    for number in (2, 1, 0):
        await asyncio.gather(*(asyncio.to_thread(supervisor.stop, each.name) for each in stack.stage(number)))


def prepare(stack: Stack) -> None:
    """What must exist before anything starts: the database cluster and the configuration files."""
    stack.postgres.prepare()
    stack.valkey.prepare()
    _write_envoy_configuration(stack)
    description = {"address": stack.address, "ports": dict(stack.ports), "pid": os.getpid()}
    stack.folder.description.write_text(json.dumps(description, indent=2))


async def start(stack: Stack, supervisor: Supervisor, console: Console) -> None:
    """Stores, migrations, services, edge and Envoy: each stage when the one before it is healthy."""
    await _start_stage(stack, supervisor, 0, console)
    await asyncio.to_thread(_migrate, stack)
    console.print("  database schemas are up to date")
    await _start_stage(stack, supervisor, 1, console)
    await _start_stage(stack, supervisor, 2, console)


async def _start_stage(stack: Stack, supervisor: Supervisor, number: int, console: Console) -> None:
    programs = stack.stage(number)
    for program in programs:
        supervisor.start(program.name)
    async with asyncio.TaskGroup() as group:
        for program in programs:
            group.create_task(_wait(stack, program, console))


async def _wait(stack: Stack, program: Program, console: Console) -> None:
    if not await wait_until_healthy(stack, program, START_SECONDS):
        raise StartFailed(f"{program.name} did not become ready; see {stack.folder.logs / f'{program.name}.log'}")
    console.print(f"  {program.name} is ready")


def _migrate(stack: Stack) -> None:
    stack.postgres.create_database()
    environment = next(program.environment for program in stack.programs if program.name == "journal")
    command = [sys.executable, "-m", "voicecbt.kit.migrate", *MIGRATED]
    result = subprocess.run(command, env={**environment}, capture_output=True, text=True, check=False)
    if result.returncode:
        raise StartFailed(f"the database could not be migrated:\n{result.stderr[-2000:]}")


def _write_envoy_configuration(stack: Stack) -> None:
    ports = stack.ports
    arguments = [
        *("--out", str(stack.folder.path / "envoy.yaml")),
        *("--listen-address", f"127.0.0.1:{ports['envoy']}", "--admin-address", f"127.0.0.1:{ports['envoy_admin']}"),
        *("--edge-address", f"127.0.0.1:{ports['edge']}", "--auth-address", f"127.0.0.1:{ports['auth']}"),
        *("--session-address", f"127.0.0.1:{ports['session']}", "--journal-address", f"127.0.0.1:{ports['journal']}"),
        *("--insights-address", f"127.0.0.1:{ports['insights']}"),
    ]
    otlp = next(program for program in stack.programs if program.name == "edge").environment["VOICECBT_OTLP_ENDPOINT"]
    extra = ["--otlp-endpoint", otlp] if otlp else []
    subprocess.run([sys.executable, "-m", "voicecbt.edge.envoy", *arguments, *extra], check=True)


async def _first(starting: "asyncio.Task[None]", stop: asyncio.Event) -> None:
    """Waits for the start to finish or for the wish to stop; a failed start is raised as itself."""
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if starting.done() and (error := starting.exception()):
        raise error.exceptions[0] if isinstance(error, BaseExceptionGroup) else error


async def _until(stop: asyncio.Event, stack: Stack, supervisor: Supervisor, console: Console, show_logs: bool) -> None:
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(_revive(supervisor, stack, console))]
        if show_logs:
            tasks.append(group.create_task(follow_logs(stack.folder.logs, _printer(console))))
        await stop.wait()
        for task in tasks:
            task.cancel()


async def _revive(supervisor: Supervisor, stack: Stack, console: Console) -> None:
    """Says which program the supervisor has given up, and has it tried again."""
    while True:
        await asyncio.sleep(REVIVE_SECONDS)
        for state in await asyncio.to_thread(_states, supervisor):
            if state.state == "FATAL":
                log = stack.folder.logs / f"{state.name}.log"
                console.print(f"{state.name} keeps ending; it is tried again; see {log}", style="red", markup=False)
                supervisor.start(state.name)


def _states(supervisor: Supervisor) -> Sequence[ProcessState]:
    try:
        return supervisor.states()
    except NotRunning:  # It is being stopped.
        return []


def _printer(console: Console) -> Callable[[str, str], None]:
    # Programs write what looks like markup, such as [warning]; it must come through as it is.
    return lambda program, line: console.print(Text(f"{program:>13} | ", "dim"), Text(line), sep="")


def _announce(stack: Stack, console: Console) -> None:
    console.print(f"\n[bold]Voice CBT is ready: {stack.address}[/bold]   (Ctrl-C stops it)\n")
