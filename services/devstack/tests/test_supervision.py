"""The supervisor for real: starts in a private place, brings back what dies, stops only what it started."""

import os
import signal
import subprocess
import sys
import time

import psutil
import pytest

from voicecbt.devstack.programs import Program
from voicecbt.devstack.state import StackFolder
from voicecbt.devstack.supervision import NotRunning, Supervisor, supervised

pytestmark = pytest.mark.integration

WAIT_SECONDS = 30
FOREVER = [sys.executable, "-c", "import time; print('up', flush=True); time.sleep(600)"]


def state_of(supervisor: Supervisor, name: str):
    return next(state for state in supervisor.states() if state.name == name)


def wait_for(condition):
    deadline = time.monotonic() + WAIT_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@pytest.fixture
def folder(tmp_path):
    return StackFolder.of(tmp_path)


@pytest.fixture
def supervisor(folder):
    program = Program("sleeper", FOREVER, 0, "tcp", {"TOKEN": 'a%b"c'.replace('"', "")})
    with supervised(folder, [program]) as running:
        yield running


def test_a_program_that_dies_comes_back(supervisor):
    supervisor.start("sleeper")
    wait_for(lambda: state_of(supervisor, "sleeper").state == "RUNNING")
    first = state_of(supervisor, "sleeper").pid
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: state_of(supervisor, "sleeper").pid not in (0, first))


def test_the_environment_reaches_the_program_unchanged(supervisor):
    supervisor.start("sleeper")
    wait_for(lambda: state_of(supervisor, "sleeper").state == "RUNNING")
    assert psutil.Process(state_of(supervisor, "sleeper").pid).environ()["TOKEN"] == "a%bc"


def test_starting_twice_and_stopping_twice_are_no_errors(supervisor):
    for _ in range(2):
        supervisor.start("sleeper")
    for _ in range(2):
        supervisor.stop("sleeper")
    assert state_of(supervisor, "sleeper").state == "STOPPED"


def test_leaving_stops_what_was_started_and_nothing_else(folder):
    bystander = subprocess.Popen(FOREVER, stdout=subprocess.DEVNULL)
    with supervised(folder, [Program("sleeper", FOREVER, 0, "tcp")]) as supervisor:
        supervisor.start("sleeper")
        wait_for(lambda: state_of(supervisor, "sleeper").pid)
        pid = state_of(supervisor, "sleeper").pid
    assert not psutil.pid_exists(pid)
    assert bystander.poll() is None
    bystander.kill()
    bystander.wait()


def test_what_a_program_prints_is_in_its_log(folder, supervisor):
    supervisor.start("sleeper")
    log = folder.logs / "sleeper.log"
    wait_for(lambda: log.exists() and "up" in log.read_text())
    assert log.read_text() == "up\n"


def test_without_a_supervisor_it_says_so(folder):
    assert not Supervisor(folder).is_alive()
    with pytest.raises(NotRunning):
        Supervisor(folder).states()
