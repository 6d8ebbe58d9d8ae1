"""Starting and stopping the platform: what is in the way is named, nothing is left behind, data stays."""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
from pathlib import Path

import httpx
import psutil
import pytest

from voicecbt.models.settings import ModelsSettings

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS = 120  # For all programs to finish what they do, on a busy machine.

# Runs where there is no network: brings loopback up, starts the stack, and does what a person does on a second day.
OFFLINE = """
ip link set lo up || exit 90
"$PYTHON" -m voicecbt.devstack up --detach --port "$PORT" || exit 91
"$PYTHON" -c "$SECOND_DAY" || exit 92
"$PYTHON" -m voicecbt.devstack talk "$CLIP" --json --out "$CLIP.reply.wav" || exit 93
"$PYTHON" -m voicecbt.devstack down || exit 94
"""
SECOND_DAY = """
import json, os, httpx
with httpx.Client(base_url=f"http://127.0.0.1:{os.environ['PORT']}", timeout=60) as client:
    signed_in = client.post("/api/v1/auth/sign-in", json=json.loads(os.environ["ACCOUNT"]))
    assert signed_in.status_code == 200, signed_in.text
    token = signed_in.json()["tokens"]["access_token"]
    moods = client.get("/api/v1/moods", headers={"Authorization": f"Bearer {token}"}).json()["moods"]
    assert [mood["notes"] for mood in moods] == ["the first day"], len(moods)
"""


def family(process: subprocess.Popen) -> list[psutil.Process]:
    parent = psutil.Process(process.pid)
    return [parent, *parent.children(recursive=True)]


def wait_for_line(process: subprocess.Popen, text: str) -> str:
    """Reads what the program prints up to a line with this text."""
    read = ""
    for line in process.stdout:
        read += line
        if text in line:
            return read
    raise AssertionError(f"it ended with {process.wait()}:\n{read}")


def test_ctrl_c_stops_all_that_was_started_and_a_second_start_has_the_data_and_needs_no_network(
    another_platform, register, clip, tmp_path
):
    bystander = subprocess.Popen([sys.executable, "-m", "http.server", "0", "--bind", "127.0.0.1"], cwd=tmp_path)
    try:
        account = first_day(another_platform, register)
        assert bystander.poll() is None
    finally:
        bystander.terminate()
        bystander.wait()
    second_day_without_network(another_platform, account, shutil.copy(clip, tmp_path / "clip.wav"))


def first_day(stack, register) -> dict[str, str]:
    """Starts in the foreground, uses it, presses Ctrl-C; gives the account that was made."""
    line = stack.line("up", "--port", stack.port)
    with subprocess.Popen(line, cwd=ROOT, env=stack.environment, stdout=subprocess.PIPE, text=True) as process:
        assert stack.address in wait_for_line(process, "is ready: http")
        started = family(process)
        names = {each["name"] for each in stack.status().values()}
        assert len(started) > len(names)  # `up` itself, the supervisor, and a process or more for each program
        with register(stack) as person:
            mood = {"mood": {"mood_score": 7, "notes": "the first day"}}
            assert person.client.post("/api/v1/moods", json=mood, headers=person.key()).is_success
        process.send_signal(signal.SIGINT)
        rest = process.stdout.read()
        assert process.wait(STOP_SECONDS) == 0, rest
    assert "stopped" in rest
    assert [each for each in started if each.is_running()] == []
    assert not is_listening(stack)
    return {"email": person.email, "password": person.password}


def is_listening(stack) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", int(stack.port))) == 0


def second_day_without_network(stack, account: dict[str, str], clip: Path) -> None:
    if subprocess.run(["unshare", "-n", "true"], check=False).returncode:
        pytest.skip("making a network namespace is not permitted here (it takes root)")
    environment = {"PYTHON": sys.executable, "PORT": stack.port, "CLIP": str(clip), "SECOND_DAY": SECOND_DAY}
    environment |= {**stack.environment, "ACCOUNT": json.dumps(account)}
    done = subprocess.run(
        ["unshare", "-n", "sh", "-c", OFFLINE], env=environment, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    last = json.loads([line for line in done.stdout.splitlines() if line.startswith("{")][-1])
    assert last["event"] == "turn.completed" and last["reply"]


def test_a_port_in_use_is_named_with_the_way_to_choose_another(another_platform):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        up = another_platform.command("up", "--port", str(port))
        assert up.returncode == 1
        told = " ".join(up.stdout.split())
        assert f"port {port} is in use" in told and f"PORT={port + 1}" in told
        assert not (another_platform.folder / "stack.json").exists()


def test_a_second_up_of_a_running_stack_says_so_and_leaves_it_alone(platform):
    up = platform.command("up")
    assert up.returncode == 1
    assert "it runs already" in up.stdout
    assert httpx.get(f"{platform.address}/readyz", timeout=30).status_code == 200


def test_without_a_stack_commands_say_how_to_start_one(another_platform):
    for command in ("status", "down"):
        done = another_platform.command(command)
        assert done.returncode == 1
        assert "make run" in done.stderr


def test_a_corrupt_model_is_named_and_nothing_starts_with_it(another_platform, tmp_path):
    store = tmp_path / "models"
    shutil.copytree(ModelsSettings().dir, store, copy_function=os.link)
    model = store / "silero-vad" / "1" / "silero_vad.onnx"
    spoilt = bytearray(model.read_bytes())
    spoilt[len(spoilt) // 2] ^= 0xFF
    model.unlink()  # It was a hard link to the good one.
    model.write_bytes(spoilt)
    # Without an index to fetch it from again, all that is left is to say so.
    up = another_platform.command(
        "up", "--port", another_platform.port, VOICECBT_MODELS_DIR=str(store), PIP_NO_INDEX="1"
    )
    assert up.returncode == 1
    told = " ".join((up.stdout + up.stderr).split())
    assert "silero" in told and "Traceback" not in told, told
    assert not (another_platform.folder / "stack.json").exists()
