"""Figures: summarised, shown as tables, and written as JSON."""

import json
import os
import platform
import statistics
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from rich.console import Console
from rich.table import Table


@dataclass(frozen=True, slots=True)
class Figure:
    """One thing measured `count` times; times in milliseconds, memory in MiB. `budget` is what the design allows."""

    name: str
    unit: str
    count: int
    p50: float
    p95: float
    budget: str = ""


@dataclass(slots=True)
class Report:
    """Everything that one run measured, with the machine it ran on."""

    figures: list[Figure] = field(default_factory=list)
    notes: dict[str, str] = field(default_factory=dict)

    def add(self, name: str, unit: str, values: Sequence[float], budget: str = "") -> None:
        """Adds a figure; nothing when there are no values."""
        if values:
            self.figures.append(Figure(name, unit, len(values), percentile(values, 50), percentile(values, 95), budget))

    def show(self, console: Console) -> None:
        """Prints one table."""
        table = Table(title="Voice CBT bench", caption=f"load before: {self.notes.get('load_before', '?')}")
        for column in ("what", "n", "p50", "p95", "unit", "budget"):
            table.add_column(column, justify="left" if column in {"what", "unit", "budget"} else "right")
        for each in self.figures:
            table.add_row(each.name, str(each.count), f"{each.p50:.1f}", f"{each.p95:.1f}", each.unit, each.budget)
        console.print(table)

    def write(self, folder: Path) -> Path:
        """Writes `bench-<UTC time>.json` into `folder` and returns its path."""
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"bench-{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}.json"
        figures = [asdict(each) for each in self.figures]
        path.write_text(json.dumps({"notes": self.notes, "figures": figures}, indent=2))
        return path


def percentile(values: Sequence[float], percent: int) -> float:
    """The value that `percent` percent of the values do not exceed, by linear interpolation."""
    if len(values) == 1:
        return values[0]
    return statistics.quantiles(values, n=100, method="inclusive")[percent - 1]


def machine() -> Mapping[str, str]:
    """What the figures depend on."""
    return {
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}",
        "load_before": " ".join(f"{value:.2f}" for value in os.getloadavg()),
    }
