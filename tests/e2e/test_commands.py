"""The commands beside `talk`: knowledge versions, models, status, and a stack that does not run."""

import json
import os
import subprocess
import sys

import pytest

pytestmark = pytest.mark.e2e


def versions(platform):
    return json.loads(platform.command("knowledge", "list", "--json").stdout)


def test_a_version_is_built_listed_and_serves(platform):
    built = platform.command("knowledge", "build", "--activate", timeout=300)
    assert built.returncode == 0, built.stderr
    active = [each for each in versions(platform) if each["state"] == "KNOWLEDGE_STATE_ACTIVE"]
    assert len(active) == 1
    assert active[0]["version"] in built.stdout
    assert active[0]["articles"] >= 40 and active[0]["responses"] >= 60


def test_the_version_that_serves_can_be_activated_again(platform):
    version = next(each["version"] for each in versions(platform) if each["state"] == "KNOWLEDGE_STATE_ACTIVE")
    activated = platform.command("knowledge", "activate", version)
    assert (activated.returncode, activated.stdout.strip()) == (0, f"{version} is serving")


def test_an_unknown_version_is_refused_by_name(platform):
    refused = platform.command("knowledge", "activate", "kb-000000000000")
    assert refused.returncode == 1
    assert "not found" in refused.stderr


def test_the_models_are_listed_with_licence_and_state(platform):
    models = {each["name"]: each for each in json.loads(platform.command("models", "list", "--json").stdout)}
    assert models["whisper-base"]["state"] == "present"
    assert all(each["licence"] for each in models.values())


def test_status_shows_every_program_healthy_with_its_memory(platform):
    rows = platform.status()
    assert {"postgres", "valkey", "envoy", "edge", "session", "rag"} <= set(rows)
    assert all(row["healthy"] and row["memory_mib"] > 1 for row in rows.values())


@pytest.mark.parametrize("command", [["status"], ["down"], ["knowledge", "list"]])
def test_without_a_stack_a_command_says_how_to_start_one(tmp_path, command):
    line = [sys.executable, "-m", "voicecbt.devstack", *command]
    environment = {**os.environ, "VOICECBT_STACK_DIR": str(tmp_path)}
    result = subprocess.run(line, env=environment, capture_output=True, text=True, check=False)
    assert result.returncode == 1
    assert "start it with `make run`" in result.stderr
