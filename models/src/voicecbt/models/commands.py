"""`voicecbt models pull | list | verify`: the command line over the store and the fetcher."""

import json
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from voicecbt.models.catalog import Model
from voicecbt.models.errors import ModelError
from voicecbt.models.fetch import pull as fetch_models
from voicecbt.models.progress import console_report
from voicecbt.models.store import ModelState, ModelStore

app = typer.Typer(help="Fetch and check the model weights.", no_args_is_help=True)

Names = Annotated[
    list[str] | None,
    typer.Argument(help="Models; none means all that are not optional."),
]
MIB = 1 << 20


@app.command()
def pull(
    names: Names = None,
    everything: Annotated[bool, typer.Option("--all", help="Optional models too.")] = False,
) -> None:
    """Fetch what is missing or corrupt; with everything there it needs no network."""
    console = Console(stderr=True)
    with (
        _errors_as_exit(console),
        _stop_on_sigterm(),
        console_report(console) as report,
    ):
        store = ModelStore()
        chosen = [model.name for model in store.catalog.models] if everything else names
        fetched = fetch_models(chosen or None, report, store)
    said = f"fetched {', '.join(fetched)}" if fetched else "all models are present"
    console.print(f"{said} in {store.directory}", highlight=False, soft_wrap=True)


@app.command(name="list")
def list_models(
    as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False,
) -> None:
    """Every model of the catalogue and whether it is on this machine."""
    with _errors_as_exit(Console(stderr=True)):
        store = ModelStore()
        states = {model.name: store.state(model.name) for model in store.catalog.models}
    rows = [_row(model, states[model.name]) for model in store.catalog.models]
    if as_json:
        typer.echo(json.dumps(rows, indent=2))
    else:
        Console().print(_table(rows))


@app.command()
def verify(
    names: Names = None,
    deep: Annotated[bool, typer.Option("--deep", help="Hash every byte, whatever the stamps say.")] = False,
) -> None:
    """Check models against the catalogue; exit code 1 when one is missing or corrupt."""
    console = Console(stderr=True)
    with _errors_as_exit(console):
        store = ModelStore()
        chosen = names or [model.name for model in store.catalog.models if not model.optional]
        faults = [fault for name in chosen if (fault := _fault(store, name, deep))]
    for fault in faults:
        console.print(fault, style="red", highlight=False, soft_wrap=True)
    if faults:
        raise typer.Exit(1)
    console.print(f"{len(chosen)} models match the catalogue", highlight=False)


def main() -> None:
    """Entry point of `python -m voicecbt.models`."""
    app()


def _fault(store: ModelStore, name: str, deep: bool) -> str | None:
    try:
        store.verify(name, deep=deep)
    except ModelError as error:
        return str(error)
    return None


def _row(model: Model, state: ModelState) -> dict[str, str | int | bool]:
    return {
        "name": model.name,
        "version": model.version,
        "task": model.task,
        "licence": model.licence,
        "bytes": model.bytes,
        "memory_mib": model.memory_mib,
        "source": model.source,
        "optional": model.optional,
        "state": state.value,
    }


def _table(rows: list[dict[str, str | int | bool]]) -> Table:
    table = Table("name", "version", "task", "licence", "size", "state")
    for row in rows:
        size = f"{int(row['bytes']) / MIB:.1f} MiB"
        state = f"{row['state']} (optional)" if row["optional"] else str(row["state"])
        table.add_row(
            str(row["name"]),
            str(row["version"]),
            str(row["task"]),
            str(row["licence"]),
            size,
            state,
        )
    return table


@contextmanager
def _errors_as_exit(console: Console) -> Iterator[None]:
    try:
        yield
    except (ModelError, OSError) as error:
        console.print(
            f"error: {error}",
            style="red",
            highlight=False,
            markup=False,
            soft_wrap=True,
        )
        raise typer.Exit(1) from None


@contextmanager
def _stop_on_sigterm() -> Iterator[None]:
    # Python dies of SIGTERM without unwinding; pip would go on alone and temporary files would stay.
    def stop(signum: int, frame: FrameType | None) -> None:
        raise SystemExit(128 + signum)

    previous = signal.signal(signal.SIGTERM, stop)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, previous)
