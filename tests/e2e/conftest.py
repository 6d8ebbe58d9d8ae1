"""The whole platform, started by the command that people use, once for all end-to-end tests."""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import numpy as np
import pytest
import soundfile
from hibari import SAMPLE_RATE, Hibari

from voicecbt.kit.audio import resample
from voicecbt.kit.local.ports import free_port
from voicecbt.kit.testing.traces import TraceCollector, trace_collector

ROOT = Path(__file__).resolve().parents[2]
START_SECONDS = 300
SAID = "I feel anxious because I have too much work to do."


@dataclass(frozen=True)
class Platform:
    """A running stack: its address, its folder, and the collector that its traces go to."""

    address: str
    folder: Path
    traces: TraceCollector

    @property
    def environment(self) -> Mapping[str, str]:
        return {**os.environ, "VOICECBT_STACK_DIR": str(self.folder)}

    def command(self, *arguments: str, timeout: int = 120) -> subprocess.CompletedProcess[str]:
        """Runs `voicecbt` against this stack."""
        line = [sys.executable, "-m", "voicecbt.devstack", *arguments]
        return subprocess.run(
            line, env=self.environment, cwd=ROOT, capture_output=True, text=True, timeout=timeout, check=False
        )

    def status(self) -> Mapping[str, Mapping[str, object]]:
        return {row["name"]: row for row in json.loads(self.command("status", "--json").stdout)}

    @property
    def ports(self) -> Mapping[str, int]:
        return json.loads((self.folder / "stack.json").read_text())["ports"]

    def log(self, program: str) -> str:
        return (self.folder / "logs" / f"{program}.log").read_text(errors="replace")


@pytest.fixture(scope="session")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    folder = tmp_path_factory.mktemp("stack")
    for each in (folder, folder.parent, folder.parent.parent):
        each.chmod(0o755)  # PostgreSQL runs under an account of its own.
    port = free_port()
    with trace_collector() as traces:
        started = Platform(f"http://127.0.0.1:{port}", folder, traces)
        up = started.command("up", "--detach", "--port", str(port), "--otlp", traces.address, timeout=START_SECONDS)
        assert up.returncode == 0, up.stdout + up.stderr
        yield started
        assert started.command("down").returncode == 0


@pytest.fixture(scope="session")
def voice():
    return Hibari()


@pytest.fixture(scope="session")
def clip(tmp_path_factory: pytest.TempPathFactory, voice) -> Path:
    """A spoken sentence between silences, 16 kHz mono."""
    return speak(voice, SAID, tmp_path_factory.mktemp("clips") / "anxious.wav")


def speak(voice, text: str, path: Path, rate: int = 16_000) -> Path:
    samples = voice(text, seed=1)
    silence = np.zeros(rate // 2, dtype=np.float32)
    soundfile.write(path, np.concatenate([silence, resample(samples, SAMPLE_RATE, rate), silence]), rate)
    return path


@dataclass(frozen=True)
class Person:
    """A registered account with its REST client."""

    client: httpx.Client
    token: str
    email: str

    def key(self) -> dict[str, str]:
        return {"Idempotency-Key": str(uuid.uuid4())}

    def start_session(self) -> str:
        response = self.client.post("/api/v1/sessions", json={}, headers=self.key())
        assert response.status_code in (200, 201), response.text
        return response.json()["session"]["session_id"]


@pytest.fixture
def person(platform: Platform) -> Iterator[Person]:
    with register(platform) as registered:
        yield registered


@contextmanager
def register(platform: Platform) -> Iterator[Person]:
    email = f"{uuid.uuid4().hex}@example.com"
    with httpx.Client(base_url=platform.address, timeout=30) as client:
        body = {"email": email, "password": uuid.uuid4().hex}
        response = client.post("/api/v1/auth/register", json=body)
        assert response.status_code in (200, 201), response.text
        token = response.json()["tokens"]["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        yield Person(client, token, email)


@pytest.fixture
def other_person(platform: Platform) -> Iterator[Person]:
    with register(platform) as registered:
        yield registered
