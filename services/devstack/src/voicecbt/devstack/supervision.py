"""The process supervisor: supervisord, configured by us and driven over its control socket."""

import os
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from http.client import HTTPException
from typing import cast
from xmlrpc.client import Fault, ProtocolError, ServerProxy

from supervisor.xmlrpc import SupervisorTransport

from voicecbt.devstack.programs import Program
from voicecbt.devstack.state import StackFolder

START_SECONDS = 10.0
STOP_SECONDS = 40.0
POLL_SECONDS = 0.1
LOG_BYTES = "10MB"
LOG_BACKUPS = 2


@dataclass(frozen=True, slots=True)
class ProcessState:
    """What the supervisor knows of a program. `state` is supervisord's word: RUNNING, BACKOFF, FATAL, STOPPED, ..."""

    name: str
    state: str
    pid: int
    started_at: float


class NotRunning(Exception):
    """No supervisor answers for this folder."""


def render_configuration(folder: StackFolder, programs: Sequence[Program]) -> str:
    """supervisord's configuration. Holds secrets: the file must be readable by its owner only."""
    user = "user=root\n" if os.geteuid() == 0 else ""  # Says that running as root is meant.
    head = (
        f"[unix_http_server]\nfile={_escaped(str(folder.socket))}\nchmod=0600\n\n"
        f"[supervisord]\nnodaemon=true\nsilent=true\n{user}"
        f"logfile={_escaped(str(folder.logs / 'supervisor.log'))}\n"
        f"pidfile={_escaped(str(folder.path / 'supervisor.pid'))}\n\n"
        "[rpcinterface:supervisor]\n"
        "supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface\n"
    )
    return head + "".join(_section(folder, program) for program in programs)


def _section(folder: StackFolder, program: Program) -> str:
    environment = ",".join(f'{name}="{_escaped(value)}"' for name, value in sorted(program.environment.items()))
    lines = {
        "command": _escaped(" ".join(_quoted(word) for word in program.command)),
        "environment": environment,
        "directory": _escaped(str(folder.path.parent)),
        "autostart": "false",
        "autorestart": "true",
        "startsecs": "1",
        "startretries": "10",
        "stopsignal": program.stop_signal,
        "stopwaitsecs": "20",
        "stopasgroup": "false",
        "killasgroup": "true",
        "redirect_stderr": "true",
        "stdout_logfile": _escaped(str(folder.logs / f"{program.name}.log")),
        "stdout_logfile_maxbytes": LOG_BYTES,
        "stdout_logfile_backups": str(LOG_BACKUPS),
    }
    return f"\n[program:{program.name}]\n" + "".join(f"{key}={value}\n" for key, value in lines.items() if value)


def _escaped(value: str) -> str:
    return value.replace("%", "%%")


def _quoted(word: str) -> str:
    return f'"{word}"' if " " in word or ";" in word else word


class Supervisor:
    """A running supervisord of one folder."""

    def __init__(self, folder: StackFolder) -> None:
        self._socket = folder.socket
        self._address = f"unix://{self._socket}"

    def _call(self, method: str, *arguments: str | bool) -> object:
        """One RPC on a connection of its own: the transport cannot use one again after an error. Raises NotRunning."""
        transport = SupervisorTransport(None, None, self._address)
        try:
            return getattr(ServerProxy("http://127.0.0.1", transport=transport).supervisor, method)(*arguments)
        except (OSError, HTTPException, ProtocolError) as error:
            raise NotRunning("the supervisor does not answer") from error
        except Fault as fault:
            if "SHUTDOWN_STATE" in fault.faultString:
                raise NotRunning("the supervisor is shutting down") from fault
            raise
        finally:
            transport.close()

    def is_alive(self) -> bool:
        """Whether it answers."""
        try:
            return bool(self._call("getState"))
        except NotRunning:
            return False

    def start(self, name: str) -> None:
        """Starts a program, without waiting; one that runs already is left alone."""
        try:
            self._call("startProcess", name, False)
        except Fault as fault:
            if "ALREADY_STARTED" not in fault.faultString:
                raise

    def stop(self, name: str) -> None:
        """Stops a program and waits for its end; one that does not run is left alone."""
        try:
            self._call("stopProcess", name, True)
        except Fault as fault:
            if "NOT_RUNNING" not in fault.faultString:
                raise

    def states(self) -> list[ProcessState]:
        """Every program. Raises NotRunning."""
        infos = cast("list[dict[str, str | int]]", self._call("getAllProcessInfo"))
        return [
            ProcessState(str(each["name"]), str(each["statename"]), int(each["pid"]), float(each["start"]))
            for each in infos
        ]

    def shut_down(self) -> None:
        """Stops everything and the supervisor itself; returns when it is gone."""
        try:
            self._call("shutdown")
        except NotRunning:
            return
        deadline = time.monotonic() + STOP_SECONDS
        while self._socket.exists() and time.monotonic() < deadline:  # It takes its socket away at the very end.
            time.sleep(POLL_SECONDS)


@contextmanager
def supervised(folder: StackFolder, programs: Sequence[Program]) -> Iterator[Supervisor]:
    """A supervisord for these programs, none of them started yet. All of it is stopped when the block ends."""
    configuration = folder.supervisor_configuration
    configuration.unlink(missing_ok=True)
    configuration.touch(mode=0o600)
    configuration.write_text(render_configuration(folder, programs))
    command = [sys.executable, "-m", "supervisor.supervisord", "-n", "-c", str(configuration)]
    # A session of its own: Ctrl-C in the terminal reaches only us, and we stop things in order.
    process = subprocess.Popen(command, start_new_session=True, stdout=subprocess.DEVNULL, stderr=subprocess.STDOUT)
    supervisor = Supervisor(folder)
    try:
        _wait_for(supervisor, process)
        yield supervisor
    finally:
        supervisor.shut_down()
        process.wait(STOP_SECONDS)


def _wait_for(supervisor: Supervisor, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_SECONDS
    while not supervisor.is_alive():
        if process.poll() is not None or time.monotonic() > deadline:
            raise NotRunning("the supervisor did not start; see logs/supervisor.log in the stack's folder")
        time.sleep(POLL_SECONDS)
