"""The `talk` command."""

import asyncio
import json
from pathlib import Path
from typing import Annotated

import numpy as np
import soundfile
import typer
from rich.console import Console

from voicecbt.devstack.stack import running_stack
from voicecbt.devstack.talk.account import SignInFailed, access_token
from voicecbt.devstack.talk.conversation import (
    OUTPUT_RATE_HZ,
    ConversationFailed,
    Outcome,
    Show,
    converse,
    start_session,
)
from voicecbt.devstack.talk.events import as_json
from voicecbt.devstack.talk.recording import NotARecording, read_recording
from voicecbt.stubs.session.v1 import session_pb2

NOISY = {"heartbeat", "reply.audio"}

Clip = Annotated[Path, typer.Argument(help="A WAV, FLAC or Ogg file with speech.", exists=True, dir_okay=False)]
Out = Annotated[Path | None, typer.Option(help="Where to save the spoken reply; CLIP-reply.wav when left out.")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON object an event; the last is turn.completed.")]


def talk(clip: Clip, out: Out = None, as_json_lines: AsJson = False) -> None:
    """Play a recording into the platform in real time, show what happens, and save the spoken reply."""
    console = Console(stderr=True)
    stack = running_stack()
    try:
        samples = read_recording(clip)
        token = access_token(stack.address, stack.folder.path / "terminal-account.json")
        session_id = start_session(stack.address, token)
        show = _show_json if as_json_lines else _shower(Console())
        outcome = asyncio.run(converse(stack.address, token, session_id, samples, show))
    except (NotARecording, SignInFailed, ConversationFailed) as error:
        console.print(f"[red]{error}[/red]")
        raise typer.Exit(1) from None
    except ExceptionGroup as group:
        console.print(f"[red]{group.exceptions[0]}[/red]")
        raise typer.Exit(1) from None
    _finish(outcome, out or clip.with_name(f"{clip.stem}-reply.wav"), console)


def _finish(outcome: Outcome, out: Path, console: Console) -> None:
    if outcome.audio:
        soundfile.write(out, np.frombuffer(bytes(outcome.audio), "<i2"), OUTPUT_RATE_HZ, subtype="PCM_16")
        console.print(f"the spoken reply is in {out}")
    if not outcome.completed:
        reason = outcome.failed[-1].message if outcome.failed else "nothing was heard"
        console.print(f"[yellow]{reason}[/yellow]")
        raise typer.Exit(2)


def _show_json(message: session_pb2.ConverseResponse) -> None:
    event = as_json(message)
    if event and event["event"] != "heartbeat":
        typer.echo(json.dumps(event))


def _shower(console: Console) -> Show:
    return lambda message: _show_line(console, message)


def _show_line(console: Console, message: session_pb2.ConverseResponse) -> None:
    event = as_json(message)
    if not event or event["event"] in NOISY:
        return
    told = {key: value for key, value in event.items() if key not in {"event", "turn_id"}}
    console.print(f"[bold]{event['event']:>18}[/bold] ", json.dumps(told), sep="", highlight=False, soft_wrap=True)
