"""Brings the tables to the newest version: numbered SQL files, each run once, in order.

ClickHouse has no transactions around table definitions, so every statement in the files must be safe to repeat.
"""

from dataclasses import dataclass
from importlib.resources import files

from voicecbt.insights.warehouse import Warehouse

VERSIONS_TABLE = """
CREATE TABLE IF NOT EXISTS schema_versions (version UInt32, name String, applied_at DateTime DEFAULT now())
ENGINE = ReplacingMergeTree ORDER BY version
"""


@dataclass(frozen=True, slots=True)
class Migration:
    """One file of `schema/`."""

    version: int
    name: str
    statements: tuple[str, ...]


def migrations() -> list[Migration]:
    """All of them, oldest first. Raises ValueError for a file that is not named like 0001_what.sql."""
    found = [entry for entry in files(__package__).joinpath("schema").iterdir() if entry.name.endswith(".sql")]
    return sorted((_parse(entry.name, entry.read_text()) for entry in found), key=lambda each: each.version)


async def upgrade(warehouse: Warehouse, performance_months: int) -> None:
    """Runs what was not run yet, and sets how long performance metrics are kept. Raises Unavailable."""
    await warehouse.command(VERSIONS_TABLE)
    done = {row["version"] for row in await warehouse.query("SELECT version FROM schema_versions")}
    for migration in migrations():
        if migration.version not in done:
            for statement in migration.statements:
                await warehouse.command(statement)
            await warehouse.insert("schema_versions", ["version", "name"], [[migration.version, migration.name]])
    await _keep_performance(warehouse, performance_months)


async def _keep_performance(warehouse: Warehouse, months: int) -> None:
    """Changes the TTL only when it differs: a change makes ClickHouse look at every part again."""
    ttl = f"TTL toDateTime(timestamp) + toIntervalMonth({months:d})"
    query = "SELECT engine_full FROM system.tables WHERE database = currentDatabase() AND name = 'performance_metrics'"
    [table] = await warehouse.query(query)
    if f"{ttl} " not in f"{table['engine_full']} ":
        await warehouse.command(f"ALTER TABLE performance_metrics MODIFY {ttl}")


def _parse(name: str, text: str) -> Migration:
    lines = [line for line in text.splitlines() if not line.lstrip().startswith("--")]
    statements = [statement.strip() for statement in "\n".join(lines).split(";\n")]
    return Migration(int(name[:4]), name, tuple(statement.rstrip(";") for statement in statements if statement))
