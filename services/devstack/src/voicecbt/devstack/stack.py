"""Finding the stack that runs, or may run, in a folder."""

import json
import os
from pathlib import Path

import typer

from voicecbt.devstack.programs import Options, Stack, plan
from voicecbt.devstack.state import DEFAULT_FOLDER, StackFolder
from voicecbt.devstack.supervision import Supervisor


def stack_folder() -> Path:
    """VOICECBT_STACK_DIR, or `.voicecbt` in the working directory."""
    return Path(os.environ.get("VOICECBT_STACK_DIR", DEFAULT_FOLDER))


def running_stack() -> Stack:
    """The running stack. Ends the command with a hint when there is none."""
    path = stack_folder()
    stack = find_stack(path)
    if stack is None:
        typer.echo(f"nothing runs from {path}; start it with `make run`", err=True)
        raise typer.Exit(1)
    return stack


def find_stack(path: Path) -> Stack | None:
    """The stack of `path` if its supervisor answers."""
    if not (path / "stack.json").exists():
        return None
    folder = StackFolder.of(path)
    if not Supervisor(folder).is_alive():
        return None
    return plan(folder, json.loads(folder.description.read_text())["ports"], Options())
