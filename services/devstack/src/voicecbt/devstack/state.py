"""What the stack remembers between starts: its folder, its secrets and its ports."""

import base64
import hashlib
import json
import os
import secrets
import stat
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Self

from voicecbt.kit.local.ports import free_port, is_listening

DEFAULT_FOLDER = Path(".voicecbt")
DEFAULT_PORT = 18080
SERVICES = ("auth", "journal", "insights", "transcription", "emotion", "rag", "synthesis", "session")
PORTS = ("postgres", "valkey", *SERVICES, "edge", "envoy_admin", *(f"{name}_metrics" for name in (*SERVICES, "edge")))


class PortTaken(Exception):
    """Somebody else listens on a port that the stack was told to use."""

    def __init__(self, port: int) -> None:
        super().__init__(
            f"port {port} is in use by another program; stop that program, or choose a port: `make run PORT={port + 1}`"
        )


@dataclass(frozen=True, slots=True)
class Secrets:
    """Made at the first start and kept in a file that only its owner may read."""

    postgres_password: str
    valkey_password: str
    service_secret: str
    key_encryption_key: str
    pseudonym_secret: str

    @classmethod
    def load_or_create(cls, path: Path) -> Self:
        """The secrets in `path`, made when it is absent."""
        if path.exists():
            return cls(**json.loads(path.read_text()))
        made = cls(
            postgres_password=secrets.token_urlsafe(24),
            valkey_password=secrets.token_urlsafe(24),
            service_secret=secrets.token_urlsafe(48),
            key_encryption_key=base64.b64encode(secrets.token_bytes(32)).decode(),
            pseudonym_secret=secrets.token_urlsafe(48),
        )
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(asdict(made), file)
        return made


@dataclass(frozen=True, slots=True)
class StackFolder:
    """The folder that holds everything the stack writes: data, logs, secrets."""

    path: Path

    @classmethod
    def of(cls, path: Path) -> Self:
        """The folder, made when it is absent. Entering it is allowed to all, for PostgreSQL's own account."""
        path = path.resolve()
        path.mkdir(parents=True, exist_ok=True)
        return cls(path)

    @property
    def logs(self) -> Path:
        """One log file a program."""
        return self._made("logs")

    @property
    def supervisor_configuration(self) -> Path:
        """Written anew at each start."""
        return self.path / "supervisord.conf"

    @property
    def socket(self) -> Path:
        """The supervisor's control socket; in the temporary folder, as socket paths are limited to 107 bytes."""
        digest = hashlib.sha256(str(self.path).encode()).hexdigest()[:12]
        folder = Path(tempfile.gettempdir()) / f"voicecbt-{os.getuid()}-{digest}"
        folder.mkdir(mode=0o700, exist_ok=True)
        _require_private(folder)
        return folder / "supervisor.sock"

    @property
    def description(self) -> Path:
        """Where the running stack says what it listens on."""
        return self.path / "stack.json"

    def secrets(self) -> Secrets:
        """This stack's secrets."""
        return Secrets.load_or_create(self.path / "secrets.json")

    def data(self, program: str) -> Path:
        """The data folder of one program."""
        return self._made(f"data/{program}")

    def _made(self, name: str) -> Path:
        folder = self.path / name
        folder.mkdir(parents=True, exist_ok=True)
        return folder


def _require_private(folder: Path) -> None:
    """The name of a folder in /tmp can be guessed: one that another account made first must not be used."""
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise OSError(f"{folder} belongs to somebody else or is open to others; remove it, or set TMPDIR")


def choose_ports(public_port: int) -> dict[str, int]:
    """A port for each program: the public one as told, the others free ones. Raises PortTaken."""
    if is_listening(public_port):
        raise PortTaken(public_port)
    chosen: dict[str, int] = {}
    while len(chosen) < len(PORTS):
        port = free_port()
        if port != public_port and port not in chosen.values():
            chosen[PORTS[len(chosen)]] = port
    return {**chosen, "envoy": public_port}
