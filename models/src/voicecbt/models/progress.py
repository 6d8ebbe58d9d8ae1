"""How a fetch reports its progress: a bar on a terminal, lines elsewhere."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    TaskID,
    TextColumn,
    TransferSpeedColumn,
)

LINE_EVERY_PERCENT = 25  # a log wants a few lines a file, not thousands


@dataclass(frozen=True, slots=True)
class Step:
    """Progress of one step: `done` of `total` bytes."""

    label: str
    done: int
    total: int


Report = Callable[[Step], None]


def silent(step: Step) -> None:
    """Report nothing."""


@contextmanager
def console_report(console: Console) -> Iterator[Report]:
    """A progress bar when the console is a terminal, otherwise a line every few percent."""
    if not console.is_terminal:
        yield _LineReport(console)
        return
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
    )
    with Progress(*columns, console=console) as bars:
        yield _BarReport(bars)


class _BarReport:
    def __init__(self, bars: Progress) -> None:
        self._bars = bars
        self._tasks: dict[str, TaskID] = {}

    def __call__(self, step: Step) -> None:
        if step.label not in self._tasks:
            self._tasks[step.label] = self._bars.add_task(step.label, total=step.total)
        self._bars.update(self._tasks[step.label], completed=step.done)


class _LineReport:
    def __init__(self, console: Console) -> None:
        self._console = console
        self._next_percent: dict[str, int] = {}

    def __call__(self, step: Step) -> None:
        percent = 100 * step.done // step.total
        if percent >= self._next_percent.get(step.label, 0):
            self._next_percent[step.label] = percent - percent % LINE_EVERY_PERCENT + LINE_EVERY_PERCENT
            self._console.print(
                f"{step.label}: {percent} % of {step.total / 1e6:.1f} MB",
                highlight=False,
            )
