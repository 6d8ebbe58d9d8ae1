"""Memory of each program and of all, as the kernel accounts it."""

from collections.abc import Mapping

import psutil

from voicecbt.devstack.bench.report import Report
from voicecbt.devstack.supervision import Supervisor

MIB = 1 << 20


def measure_memory(supervisor: Supervisor, report: Report) -> None:
    """Proportional set sizes: pages that processes share are counted once in the sum."""
    sizes: Mapping[str, float] = {state.name: _pss(state.pid) for state in supervisor.states() if state.pid}
    for name, size in sizes.items():
        report.add(f"memory: {name}", "MiB", [size])
    report.add("memory: whole platform", "MiB", [sum(sizes.values())], "3072")


def _pss(pid: int) -> float:
    process = psutil.Process(pid)
    family = [process, *process.children(recursive=True)]
    return sum(float(each.memory_full_info().pss) for each in family) / MIB
