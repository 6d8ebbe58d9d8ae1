"""The pytest plugin: real stores once per worker, and the marker rule."""

import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

from voicecbt.kit.local.ports import free_port, is_listening
from voicecbt.kit.local.postgres import LocalPostgres
from voicecbt.kit.local.valkey import LocalValkey
from voicecbt.kit.testing.keys import FakeDataKeys, TokenMint
from voicecbt.kit.testing.processes import program

KINDS = {"unit", "integration", "e2e", "k8s"}


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Every test has exactly one kind, so that none is forgotten by every command."""
    for item in items:
        kinds = KINDS & {marker.name for marker in item.iter_markers()}
        if len(kinds) != 1:
            raise pytest.UsageError(f"{item.nodeid} must carry exactly one of {sorted(KINDS)}, and has {sorted(kinds)}")


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalPostgres]:
    """A real PostgreSQL server."""
    folder = _reachable(tmp_path_factory.mktemp("postgres"))
    server = LocalPostgres(folder / "cluster", free_port(), uuid.uuid4().hex, durable=False)
    server.prepare()
    with program(server.command, server.is_ready, folder / "log"):
        yield server


@pytest.fixture(scope="module")
def postgres_url(postgres: LocalPostgres) -> str:
    """The URL of a fresh, empty database for this module."""
    name = f"test_{uuid.uuid4().hex[:12]}"
    postgres.create_database(name)
    return postgres.url_of(name)


@pytest.fixture(scope="session")
def valkey(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalValkey]:
    """A real Redis-compatible server."""
    folder = tmp_path_factory.mktemp("valkey")
    server = LocalValkey(folder, free_port(), uuid.uuid4().hex)
    server.prepare()
    with program(server.command, lambda: is_listening(server.port), folder / "log"):
        yield server


@pytest.fixture
def redis_url(valkey: LocalValkey) -> str:
    """The URL of the shared server; tests that need an empty one use names of their own."""
    return valkey.url


@pytest.fixture
def token_mint() -> TokenMint:
    """Signs access tokens; pass it as `signing_keys` to `running`."""
    return TokenMint()


@pytest.fixture
def data_keys() -> FakeDataKeys:
    """Per-person keys."""
    return FakeDataKeys()


def _reachable(folder: Path) -> Path:
    """pytest makes its folders private to root; the account that PostgreSQL runs as has to get in."""
    for each in (folder, folder.parent, folder.parent.parent):
        each.chmod(0o755)
    return folder
