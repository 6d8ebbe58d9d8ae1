"""The `voicecbt` command."""

import asyncio
import json
import signal
import subprocess
import sys
import time
from typing import Annotated

import psutil
import typer
from rich.console import Console
from rich.live import Live

from voicecbt.devstack import doctor as doctor_module
from voicecbt.devstack import knowledge
from voicecbt.devstack import status as status_module
from voicecbt.devstack.programs import Options, Stack, plan
from voicecbt.devstack.running import StartFailed, run
from voicecbt.devstack.stack import find_stack, running_stack, stack_folder
from voicecbt.devstack.state import DEFAULT_PORT, PortTaken, StackFolder, choose_ports
from voicecbt.devstack.supervision import NotRunning, Supervisor
from voicecbt.devstack.talk.command import talk
from voicecbt.models.commands import app as models_app
from voicecbt.models.errors import ModelError
from voicecbt.models.fetch import pull
from voicecbt.models.progress import console_report

REFRESH_SECONDS = 1.0
DOWN_SECONDS = 60.0
START_SECONDS = 240.0

app = typer.Typer(help="Voice CBT on one machine.", no_args_is_help=True, pretty_exceptions_enable=False)
app.add_typer(models_app, name="models")
app.add_typer(knowledge.app, name="knowledge")
app.command()(talk)

Port = Annotated[int, typer.Option(help="Port of the one address to open.", min=1, max=65535)]


@app.command()
def up(
    port: Port = DEFAULT_PORT,
    detach: Annotated[bool, typer.Option(help="Return when it is ready and leave it running.")] = False,
    logs: Annotated[bool, typer.Option(help="Show what the programs log.")] = True,
    otlp: Annotated[str, typer.Option(help="host:port of an OTLP collector for traces.")] = "",
) -> None:
    """Start the whole platform and run it until Ctrl-C."""
    console = Console()
    path = stack_folder()
    if find_stack(path) is not None:
        console.print(f"it runs already from {path}; see `voicecbt status`")
        raise typer.Exit(1)
    if detach:
        _detach(port, otlp, console)
        return
    try:
        with console_report(console) as report:
            pull(progress=report)
        stack = plan(StackFolder.of(path), choose_ports(port), Options(otlp_endpoint=otlp))
        console.print("starting ...")
        asyncio.run(run(stack, console, logs))
    except (StartFailed, PortTaken, NotRunning, ModelError, OSError) as error:
        console.print(f"[red]{error}[/red]", soft_wrap=True)
        raise typer.Exit(1) from None


@app.command()
def down() -> None:
    """Stop the platform."""
    stack = running_stack()
    owner = _owner(stack)
    if owner is not None:
        owner.send_signal(signal.SIGTERM)
        owner.wait(DOWN_SECONDS)
    else:  # Its `up` was killed and left the supervisor behind.
        Supervisor(stack.folder).shut_down()
        stack.folder.description.unlink(missing_ok=True)
    typer.echo("stopped")


@app.command()
def status(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
    watch: Annotated[bool, typer.Option(help="Refresh until Ctrl-C.")] = False,
) -> None:
    """Show every program: state, health, memory."""
    stack = running_stack()
    if as_json:
        typer.echo(status_module.as_json(asyncio.run(status_module.rows(stack))))
        return
    with Live(auto_refresh=False, console=Console()) as live:
        while True:
            live.update(status_module.table(asyncio.run(status_module.rows(stack)), stack.address), refresh=True)
            if not watch:
                return
            time.sleep(REFRESH_SECONDS)


@app.command()
def doctor() -> None:
    """Say what this machine lacks and how to get it."""
    raise typer.Exit(doctor_module.main())


def _detach(port: int, otlp: str, console: Console) -> None:
    folder = StackFolder.of(stack_folder())
    arguments = ["up", "--no-logs", "--port", str(port), *(["--otlp", otlp] if otlp else [])]
    log = folder.logs / "up.log"
    with log.open("wb") as output:
        command = [sys.executable, "-m", "voicecbt.devstack", *arguments]
        process = subprocess.Popen(command, stdout=output, stderr=subprocess.STDOUT, start_new_session=True)
    deadline = time.monotonic() + START_SECONDS
    while "is ready: http" not in log.read_text():
        if process.poll() is not None or time.monotonic() > deadline:
            console.print(log.read_text(), soft_wrap=True)
            raise typer.Exit(1)
        time.sleep(0.2)
    console.print(f"running at http://127.0.0.1:{port}; `voicecbt down` stops it")


def _owner(stack: Stack) -> psutil.Process | None:
    """The `up` that runs this stack, if it is alive: the parent of the supervisor, by the id that it wrote down."""
    pid = json.loads(stack.folder.description.read_text()).get("pid", 0)
    try:
        process = psutil.Process(pid)
        return process if "voicecbt" in " ".join(process.cmdline()) else None
    except (psutil.NoSuchProcess, ValueError):
        return None
