"""All SQL of insights: stores rows and answers questions about one person. Runs on chdb and on a server alike.

Events come at least once and in any order. Rows have keys by which ClickHouse replaces repeated ones; FINAL makes a
query see that before the merge has happened.
"""

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from pydantic import TypeAdapter

from voicecbt.insights.days import MoodDay, SessionDay
from voicecbt.insights.periods import Period
from voicecbt.insights.rows import TABLES, MoodRow, Row, Rows, SessionRow, columns, values
from voicecbt.insights.warehouse import Value, Warehouse

MOOD_TREND = """
SELECT toString(toDate(timestamp, {timezone:String})) AS day,
       count() AS entries,
       avg(mood_score) AS mean_mood,
       min(mood_score) AS lowest_mood,
       max(mood_score) AS highest_mood,
       avgOrDefaultIf(sleep_quality, sleep_quality > 0) AS mean_sleep,
       avgOrDefaultIf(stress_level, stress_level > 0) AS mean_stress,
       avgOrDefaultIf(energy_level, energy_level > 0) AS mean_energy
FROM mood_trends FINAL
WHERE user_id = {user_id:UUID} AND timestamp >= {start:DateTime64(3, 'UTC')} AND timestamp < {end:DateTime64(3, 'UTC')}
GROUP BY day ORDER BY day
"""

# A session belongs, with all its turns, to the day on which it began: the period is applied to sessions, not to rows.
SESSION_COUNTS = """
SELECT toString(toDate(began, {timezone:String})) AS day,
       count() AS sessions, sum(session_turns) AS turns, sum(seconds) AS total_seconds
FROM (
    SELECT session_id,
           min(timestamp) AS began, countIf(kind = 'turn') AS session_turns, max(session_duration) AS seconds
    FROM session_analytics FINAL
    WHERE user_id = {user_id:UUID}
    GROUP BY session_id
)
WHERE began >= {start:DateTime64(3, 'UTC')} AND began < {end:DateTime64(3, 'UTC')}
GROUP BY day ORDER BY day
"""

ERASED_AMONG = "SELECT DISTINCT user_id FROM erased_people WHERE user_id IN {user_ids:Array(UUID)}"

MOOD_DAYS = TypeAdapter(list[MoodDay])
SESSION_DAYS = TypeAdapter(list[SessionDay])

PERSONAL_TABLES = (TABLES[SessionRow], TABLES[MoodRow])


class InsightsRepository:
    """The tables of insights."""

    def __init__(self, warehouse: Warehouse) -> None:
        self._warehouse = warehouse

    async def store(self, batch: Sequence[Rows]) -> None:
        """Stores the rows of several events, one insert a table. Safe to repeat. Raises Unavailable."""
        by_type: defaultdict[type[Row], list[list[Value]]] = defaultdict(list)
        for event in batch:
            for row in event.rows:
                by_type[type(row)].append(values(row))
        for row_type, rows in by_type.items():
            await self._warehouse.insert(TABLES[row_type], columns(row_type), rows)
        await self._delete_erased({event.user_id for event in batch})

    async def mood_trend(self, user_id: UUID, asked: Period) -> list[MoodDay]:
        """One entry a day that has moods, oldest first."""
        rows = await self._warehouse.query(MOOD_TREND, _parameters(user_id, asked))
        return MOOD_DAYS.validate_python(rows)

    async def session_counts(self, user_id: UUID, asked: Period) -> list[SessionDay]:
        """One entry a day on which sessions began, oldest first."""
        rows = await self._warehouse.query(SESSION_COUNTS, _parameters(user_id, asked))
        return SESSION_DAYS.validate_python(rows)

    async def ready(self) -> bool:
        """Whether the tables can be read."""
        return bool(
            await self._warehouse.query("SELECT count() AS rows FROM session_analytics WHERE timestamp > now64()")
        )

    async def _delete_erased(self, user_ids: set[UUID]) -> None:
        """Deletes what there is of erased people, rewriting the parts: masked rows would stay on the disk.

        Looking after inserting makes it safe with other replicas: whoever of us comes second sees the other's write.
        """
        erased = await self._warehouse.query(ERASED_AMONG, {"user_ids": list(user_ids)})
        if erased:
            for table in PERSONAL_TABLES:
                statement = f"ALTER TABLE {table} DELETE WHERE user_id IN {{user_ids:Array(UUID)}}"
                parameters = {"user_ids": [row["user_id"] for row in erased]}
                await self._warehouse.command(f"{statement} SETTINGS mutations_sync = 2", parameters)


def _parameters(user_id: UUID, asked: Period) -> dict[str, Value]:
    return {"user_id": user_id, "timezone": asked.timezone, "start": asked.start, "end": asked.end}
