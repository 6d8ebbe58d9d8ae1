"""The whole platform, started by the command that people use, and what tests need to talk to it."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

import httpx
import numpy as np
import pytest
import soundfile
from hibari import SAMPLE_RATE, Hibari
from websockets import ConnectionClosed, Subprotocol
from websockets.sync.client import ClientConnection, connect

from voicecbt.devstack.talk.recording import FRAME_MS, frames, read_recording
from voicecbt.kit.audio import resample
from voicecbt.kit.local.ports import free_port
from voicecbt.kit.testing.traces import TraceCollector, trace_collector
from voicecbt.stubs.session.v1 import session_pb2

ROOT = Path(__file__).resolve().parents[2]
# Generous limits for waiting on a machine that does a lot besides; nothing is measured with them.
START_SECONDS = 300
ANSWER_SECONDS = 90.0
POLL_SECONDS = 0.2
TEST_SECONDS = 420  # A test may start a platform of its own.
SAID = "I feel anxious because I have too much work to do."

T = TypeVar("T")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A first test waits for the platform to start: the limit of other tests is too short for that."""
    for item in items:
        if item.get_closest_marker("e2e") is not None:
            item.add_marker(pytest.mark.timeout(TEST_SECONDS))


def wait_until(read: Callable[[], T], enough: Callable[[T], bool], seconds: float = ANSWER_SECONDS) -> T:
    """What `read` gives once `enough` holds, or its last answer when the time is over."""
    deadline = time.monotonic() + seconds
    while not enough(value := read()) and time.monotonic() < deadline:
        time.sleep(POLL_SECONDS)
    return value


@pytest.fixture(scope="session")
def eventually() -> Callable[..., object]:
    """`wait_until`, for tests."""
    return wait_until


@dataclass(frozen=True)
class Platform:
    """A stack in a folder: its address, and the collector that its traces go to."""

    address: str
    folder: Path
    traces: TraceCollector | None = None

    @property
    def port(self) -> str:
        return self.address.rpartition(":")[2]

    @property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "VOICECBT_STACK_DIR": str(self.folder)}

    def line(self, *arguments: str) -> list[str]:
        """`voicecbt` with these arguments, as a command line."""
        return [sys.executable, "-m", "voicecbt.devstack", *arguments]

    def command(
        self, *arguments: str, timeout: int = START_SECONDS, **environment: str
    ) -> subprocess.CompletedProcess[str]:
        """Runs `voicecbt` against this stack."""
        return subprocess.run(
            self.line(*arguments), env={**self.environment, **environment}, cwd=ROOT, capture_output=True, text=True,
            timeout=timeout, check=False,
        )  # fmt: skip

    def up(self, *arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
        return self.command("up", "--detach", "--port", self.port, *arguments, **environment)

    def status(self) -> Mapping[str, Mapping[str, object]]:
        """The programs by name; empty when nothing runs."""
        answer = self.command("status", "--json")
        return {row["name"]: row for row in json.loads(answer.stdout)} if answer.returncode == 0 else {}

    def pid(self, program: str) -> int:
        return int(str(self.status()[program]["pid"]))

    def wait_healthy(self, program: str, after_pid: int = 0) -> None:
        """Waits until the program is healthy, under another id than `after_pid`."""
        row = wait_until(
            lambda: self.status().get(program, {}), lambda row: bool(row.get("healthy")) and row["pid"] != after_pid
        )
        assert row.get("healthy") and row["pid"] != after_pid, f"{program} did not come back: {row}"

    @contextmanager
    def killed_with(self, program: str, number: signal.Signals = signal.SIGKILL) -> Iterator[None]:
        """Ends the program's process by a signal; leaves the block when the supervisor has brought it back."""
        pid = self.pid(program)
        os.kill(pid, number)
        yield
        self.wait_healthy(program, after_pid=pid)

    @property
    def ports(self) -> Mapping[str, int]:
        return json.loads((self.folder / "stack.json").read_text())["ports"]

    def log(self, program: str) -> str:
        return (self.folder / "logs" / f"{program}.log").read_text(errors="replace")


@contextmanager
def stack_folder(keep_logs_as: str) -> Iterator[Path]:
    """A folder for a stack; its logs outlive it in `test-results`.

    Not one of pytest's own: each pytest that starts takes away the right to enter those, and PostgreSQL, which runs
    under an account of its own, could not go on.
    """
    with tempfile.TemporaryDirectory(prefix="voicecbt-e2e-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        try:
            yield folder
        finally:
            logs = ROOT / "test-results" / "logs" / keep_logs_as
            shutil.copytree(folder / "logs", logs, dirs_exist_ok=True)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """The one that most tests share. A test that breaks a part of it waits until that part is back.

    VOICECBT_E2E_STACK names the folder of a stack that runs already, to write tests against.
    """
    if running := os.environ.get("VOICECBT_E2E_STACK"):
        yield Platform(json.loads((Path(running) / "stack.json").read_text())["address"], Path(running).resolve())
        return
    with stack_folder("shared") as folder, trace_collector() as traces:
        started = Platform(f"http://127.0.0.1:{free_port()}", folder, traces)
        try:
            up = started.up("--otlp", traces.address)
            assert up.returncode == 0, up.stdout + up.stderr
            yield started
        finally:
            down = started.command("down")
        assert down.returncode == 0, down.stdout + down.stderr


@pytest.fixture
def another_platform(request: pytest.FixtureRequest) -> Iterator[Platform]:
    """A stack of the test's own, not started yet; stopped at the end if it runs then."""
    with stack_folder(request.node.name) as folder:
        (folder / "logs").mkdir()
        stack = Platform(f"http://127.0.0.1:{free_port()}", folder)
        yield stack
        if (folder / "stack.json").exists():
            stack.command("down")


@pytest.fixture(scope="session")
def voice() -> Hibari:
    return Hibari()


@pytest.fixture(scope="session")
def speak(voice: Hibari) -> Callable[..., Path]:
    """Writes a WAV file in which a sentence is said between two silences."""

    def write(text: str, path: Path, rate: int = 16_000, silence_seconds: float = 0.5) -> Path:
        silence = np.zeros(int(rate * silence_seconds), dtype=np.float32)
        said = resample(voice(text, seed=1), SAMPLE_RATE, rate)
        soundfile.write(path, np.concatenate([silence, said, silence]), rate)
        return path

    return write


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, speak: Callable[..., Path]) -> Path:
    """A spoken sentence between silences, 16 kHz mono."""
    return speak(SAID, tmp_path_factory.mktemp("clips") / "anxious.wav")


@dataclass(slots=True)
class Line:
    """One conversation over its WebSocket, in `voicecbt.v1.proto`."""

    socket: ClientConnection
    heard: list[session_pb2.ConverseResponse] = field(default_factory=list)

    def send(self, request: session_pb2.ConverseRequest) -> None:
        self.socket.send(request.SerializeToString())

    def say(self, text: str, turn_id: str = "") -> str:
        """Types something; gives the turn's id."""
        turn_id = turn_id or str(uuid.uuid4())
        self.send(session_pb2.ConverseRequest(text=session_pb2.TextInput(turn_id=turn_id, text=text)))
        return turn_id

    def play(self, recording: Path, turn_id: str = "") -> None:
        """Plays a recording as a microphone would; with `turn_id`, says then that the speaker is done."""
        for sequence, data in enumerate(frames(read_recording(recording))):
            self.send(session_pb2.ConverseRequest(audio=session_pb2.AudioFrame(sequence=sequence, data=data)))
            time.sleep(FRAME_MS / 1000)
        if turn_id:
            self.send(session_pb2.ConverseRequest(end_of_speech=session_pb2.EndOfSpeech(turn_id=turn_id)))

    def until(self, *events: str, turn_id: str = "") -> session_pb2.ConverseResponse:
        """The next of these events (of that turn). Raises TimeoutError or ConnectionClosed."""
        while True:
            response = session_pb2.ConverseResponse.FromString(self.socket.recv(ANSWER_SECONDS))
            self.heard.append(response)
            if response.WhichOneof("event") in events and turn_id in ("", response.turn_id):
                return response

    def answer(self, text: str, turn_id: str = "") -> session_pb2.ConverseResponse:
        """Types something and waits for the turn's end."""
        turn_id = self.say(text, turn_id)
        return self.until("turn_completed", "turn_failed", turn_id=turn_id)

    def closing(self) -> tuple[int, str]:
        """Waits for the other side to close; the code and the reason."""
        try:
            while True:
                self.until()
        except ConnectionClosed as closed:
            assert closed.rcvd is not None, "closed without a close frame"
            return closed.rcvd.code, closed.rcvd.reason


@dataclass(frozen=True)
class Person:
    """A registered account with its REST client."""

    client: httpx.Client
    token: str
    email: str
    password: str

    def key(self) -> dict[str, str]:
        return {"Idempotency-Key": str(uuid.uuid4())}

    def start_session(self) -> str:
        response = self.client.post("/api/v1/sessions", json={}, headers=self.key())
        assert response.status_code in (200, 201), response.text
        return response.json()["session"]["session_id"]

    def turns(self, session_id: str) -> list[dict]:
        """The turns of a session as they are kept."""
        response = self.client.get(f"/api/v1/sessions/{session_id}")
        assert response.status_code == 200, response.text
        return response.json().get("turns", [])

    def socket(self, session_id: str, subprotocol: str = "voicecbt.v1.proto", token: str = "") -> ClientConnection:
        """The bare WebSocket of a session's conversation. Raises websockets.InvalidStatus."""
        base = str(self.client.base_url).rstrip("/").replace("http", "ws", 1)
        return connect(
            f"{base}/api/v1/sessions/{session_id}/converse",
            additional_headers={"Authorization": f"Bearer {token or self.token}"},
            subprotocols=[Subprotocol(subprotocol)],
            max_size=4 << 20,
        )

    @contextmanager
    def conversation(self, session_id: str, text_only: bool = True) -> Iterator[Line]:
        """An open conversation."""
        with self.socket(session_id) as socket:
            line = Line(socket)
            opening = session_pb2.Open(session_id=session_id, text_only=text_only)
            line.send(session_pb2.ConverseRequest(open=opening))
            line.until("opened")
            yield line


@pytest.fixture(scope="session")
def line_to() -> Callable[..., object]:
    """A conversation's line on which nothing was said yet: a context manager that gives a Line."""

    @contextmanager
    def dial(person: Person, session_id: str, subprotocol: str = "voicecbt.v1.proto") -> Iterator[Line]:
        with person.socket(session_id, subprotocol) as socket:
            yield Line(socket)

    return dial


@contextmanager
def registered(platform: Platform) -> Iterator[Person]:
    account = {"email": f"{uuid.uuid4().hex}@example.com", "password": uuid.uuid4().hex}
    with httpx.Client(base_url=platform.address, timeout=60) as client:
        # Tests register more people in a minute than one address may.
        response = wait_until(
            lambda: client.post("/api/v1/auth/register", json=account), lambda answer: answer.status_code != 429
        )
        assert response.status_code in (200, 201), response.text
        token = response.json()["tokens"]["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Person(client, token, **account)


@pytest.fixture(scope="session")
def register() -> Callable[..., object]:
    """Makes an account on a platform: a context manager that gives a Person."""
    return registered


@pytest.fixture
def person(platform: Platform) -> Iterator[Person]:
    with registered(platform) as made:
        yield made


@pytest.fixture
def other_person(platform: Platform) -> Iterator[Person]:
    with registered(platform) as made:
        yield made
