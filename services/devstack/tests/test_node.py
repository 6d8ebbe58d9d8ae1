"""The packaged Node.js stands in where a machine has none."""

import os
import subprocess

import pytest

from voicecbt.devstack import node

pytestmark = pytest.mark.integration


def test_the_packaged_node_and_npm_run(tmp_path, monkeypatch):
    monkeypatch.setattr(node.shutil, "which", lambda name: None)
    folder = node.node_folder(tmp_path / "with space")
    environment = {**os.environ, "PATH": f"{folder}:{os.environ['PATH']}"}
    for command in ("node", "npm"):
        told = subprocess.run(
            [folder / command, "--version"], env=environment, capture_output=True, text=True, check=True
        )
        assert int(told.stdout.strip().removeprefix("v").split(".")[0]) >= 10


def test_the_machine_s_own_is_used_when_it_is_new_enough(tmp_path, monkeypatch):
    monkeypatch.setattr(node.shutil, "which", lambda name: f"/somewhere/bin/{name}")
    monkeypatch.setattr(node, "_major", lambda path: node.OLDEST_MAJOR)
    assert str(node.node_folder(tmp_path)) == "/somewhere/bin"


def test_one_that_is_too_old_is_not(tmp_path, monkeypatch):
    monkeypatch.setattr(node.shutil, "which", lambda name: f"/somewhere/bin/{name}")
    monkeypatch.setattr(node, "_major", lambda path: node.OLDEST_MAJOR - 1)
    assert node.node_folder(tmp_path / "shims") == tmp_path / "shims"
