import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from voicecbt.models import Catalog, ModelStore
from voicecbt.models.commands import app

pytestmark = pytest.mark.integration

runner = CliRunner()


@pytest.fixture
def empty_store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that the commands use, with no network to fill it from."""
    monkeypatch.setenv("VOICECBT_MODELS_DIR", str(tmp_path / "models"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
    return tmp_path / "models"


def test_list_says_what_is_there_as_json(real_store: ModelStore) -> None:
    result = runner.invoke(app, ["list", "--json"])
    rows = {row["name"]: row for row in json.loads(result.stdout)}
    assert set(rows) == {model.name for model in real_store.catalog.models}
    assert set(rows["whisper-base"]) >= {"name", "version", "task", "licence", "bytes", "state"}
    assert rows["bge-small-en"]["state"] == "present"


def test_list_shows_missing_and_corrupt_models(empty_store: Path) -> None:
    vad = empty_store / "silero-vad" / "1"
    vad.mkdir(parents=True)
    for file in Catalog.load().model("silero-vad").files:
        (vad / file.name).write_bytes(b"damaged")
    rows = {row["name"]: row["state"] for row in json.loads(runner.invoke(app, ["list", "--json"]).stdout)}
    assert (rows["silero-vad"], rows["whisper-base"]) == ("corrupt", "missing")
    table = runner.invoke(app, ["list"], env={"COLUMNS": "160"}).stdout
    assert "silero-vad" in table
    assert "missing (optional)" in table


def test_verify_names_every_fault_and_exits_with_1(empty_store: Path) -> None:
    result = runner.invoke(app, ["verify"])
    assert result.exit_code == 1
    assert "voicecbt models pull whisper-base" in result.output
    assert "voicecbt models pull bge-small-en" in result.output


def test_verify_deep_passes_on_the_real_models(real_store: ModelStore) -> None:
    result = runner.invoke(app, ["verify", "--deep"])
    assert (result.exit_code, result.output) == (0, "5 models match the catalogue\n")


def test_pull_with_everything_there_needs_no_network(real_store: ModelStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/no/pip/can/be/started")
    result = runner.invoke(app, ["pull"])
    assert (result.exit_code, "all models are present" in result.output) == (0, True)


def test_pull_without_the_packages_says_what_to_check(empty_store: Path) -> None:
    result = runner.invoke(app, ["pull", "silero-vad"])
    assert result.exit_code == 1
    assert "cannot download silero-vad==" in result.output
    assert "pip config list" in result.output
    assert [path.name for path in empty_store.rglob("*") if path.is_file()] == [".lock"]


@pytest.mark.parametrize("command", [["pull", "whisper"], ["verify", "whisper"]])
def test_an_unknown_name_is_answered_with_the_known_ones(command: list[str], empty_store: Path) -> None:
    result = runner.invoke(app, command)
    assert result.exit_code == 1
    assert "whisper-base" in result.output


def test_an_unwritable_folder_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("VOICECBT_MODELS_DIR", str(tmp_path / "file" / "models"))
    result = runner.invoke(app, ["pull", "silero-vad"])
    assert result.exit_code == 1
    assert "Not a directory" in result.output


@pytest.mark.parametrize(("sent", "status"), [(signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGINT, 130)])
def test_a_stopped_pull_leaves_nothing_behind(
    tmp_path: Path, empty_store: Path, sent: signal.Signals, status: int
) -> None:
    # A pip that says that it started and then never ends, run as a real process.
    (tmp_path / "pip").mkdir()
    (tmp_path / "pip" / "__init__.py").touch()
    (tmp_path / "pip" / "__main__.py").write_text(
        "import os, signal, tempfile\n"
        "tempfile.NamedTemporaryFile(delete=False).write(b'x')\n"
        f"os.write(os.open({str(tmp_path / 'started')!r}, os.O_WRONLY), b'x')\n"
        "signal.pause()\n"
    )
    os.mkfifo(tmp_path / "started")
    command = [sys.executable, "-m", "voicecbt.models", "pull", "silero-vad"]
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    with subprocess.Popen(command, env=environment, stderr=subprocess.DEVNULL) as process:
        with (tmp_path / "started").open("rb") as started:
            started.read(1)  # returns once pip has written its byte
        process.send_signal(sent)
    assert process.returncode == status
    assert [path.name for path in empty_store.rglob("*") if path.is_file()] == [".lock"]
