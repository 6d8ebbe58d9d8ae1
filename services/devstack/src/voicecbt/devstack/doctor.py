"""`voicecbt doctor`: what this machine lacks, and how to get it. Uses nothing outside the standard library."""

import importlib.util
import os
import platform
import shutil
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MIN_FREE_GB = 4
MIN_MEMORY_GB = 4
DEFAULT_PORT = 18080


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at. `cure` says how to get it when `ok` is false; `needed_for` says what lacks it."""

    name: str
    ok: bool
    detail: str
    cure: str = ""
    needed_for: str = "make run"


def findings() -> Iterator[Finding]:
    """Everything that is looked at, in the order in which it would be missed."""
    yield _python()
    yield _architecture()
    yield from (
        _program(name, package) for name, package in (("git", "git"), ("make", "make"), ("setpriv", "util-linux"))
    )
    yield _venv()
    yield _disk()
    yield _memory()
    yield _port()
    yield _browser()


def main() -> int:
    """Prints the findings; 0 when nothing that `make run` needs is missing."""
    missing = 0
    for finding in findings():
        print(f"{'ok     ' if finding.ok else 'MISSING'}  {finding.name}: {finding.detail}")
        if not finding.ok:
            print(f"         to get it: {finding.cure} (needed for {finding.needed_for})")
            missing += finding.needed_for == "make run"
    print("\nnothing is missing for `make run`" if not missing else f"\n{missing} missing for `make run`")
    return 1 if missing else 0


def _python() -> Finding:
    ok = sys.version_info[:2] == (3, 11)
    cure = "install Python 3.11 (Debian 12: `apt-get install python3 python3-venv`) and set PYTHON=python3.11"
    return Finding("Python 3.11", ok, platform.python_version(), cure)


def _architecture() -> Finding:
    machine = f"{platform.system()} {platform.machine()}"
    ok = machine == "Linux x86_64"
    return Finding(
        "Linux on x86-64",
        ok,
        machine,
        "the packaged stores and proxy exist for Linux on x86-64 only; use such a machine",
    )


def _program(name: str, package: str) -> Finding:
    found = shutil.which(name)
    return Finding(name, found is not None, found or "not found", f"`apt-get install {package}`")


def _venv() -> Finding:
    ok = importlib.util.find_spec("ensurepip") is not None
    return Finding("venv module", ok, "present" if ok else "not found", "`apt-get install python3-venv`")


def _disk() -> Finding:
    free = shutil.disk_usage(Path.home()).free / 1e9
    detail = f"{free:.0f} GB free in the home folder"
    return Finding("disk space", free > MIN_FREE_GB, detail, f"free {MIN_FREE_GB} GB, or set VOICECBT_MODELS_DIR")


def _memory() -> Finding:
    total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return Finding("memory", total > MIN_MEMORY_GB, f"{total:.0f} GB", f"{MIN_MEMORY_GB} GB are needed")


def _port() -> Finding:
    with socket.socket() as probe:
        probe.settimeout(0.5)
        free = probe.connect_ex(("127.0.0.1", DEFAULT_PORT)) != 0
    detail = "free" if free else "in use"
    return Finding(f"port {DEFAULT_PORT}", free, detail, "stop what listens there, or `make run PORT=18090`")


def _browser() -> Finding:
    found = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    cure = "`apt-get install chromium`; `make test` does it itself when it runs as root"
    return Finding("Chromium", found is not None, found or "not found", cure, needed_for="the browser tests")


if __name__ == "__main__":
    sys.exit(main())
