"""SQL of the audit trail: append and read, nothing else. A trigger in the database holds the same line."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime

from sqlalchemy import RowMapping, func, insert, select
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.audit_chain import chained
from voicecbt.auth.domain import AuditEntry, AuditRecord
from voicecbt.auth.tables import audit_events

CHAIN_LOCK = 0x566F6963_4C6F6773  # any number that only this lock uses: "VoicLogs"
BATCH_ROWS = 1000  # read at once while the chain is walked; about 200 KiB


class AuditTrail:
    """Appends to and reads the trail inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def append(self, record: AuditRecord, now: datetime) -> AuditEntry:
        """Adds a record at the end of the chain.

        Holds the chain's lock to the end of the transaction, so that no two entries follow the same one: append
        last. The entry's time never goes back behind the one before it.
        """
        await self._session.execute(select(func.pg_advisory_xact_lock(CHAIN_LOCK)))
        last = await self._last()
        entry = chained(last, max(now, last.time) if last else now, record)
        await self._session.execute(insert(audit_events).values(**_columns(entry)))
        return entry

    async def page(self, after_sequence: int, size: int) -> Sequence[AuditEntry]:
        """Up to `size` entries after that one, in order."""
        statement = select(audit_events).where(audit_events.c.sequence > after_sequence)
        rows = await self._session.execute(statement.order_by(audit_events.c.sequence).limit(size))
        return [_entry(row) for row in rows.mappings()]

    async def walk(self, to_sequence: int) -> AsyncIterator[AuditEntry]:
        """Every entry from the first up to and with `to_sequence`, in order, in batches."""
        at = 0
        while batch := await self.page(at, BATCH_ROWS):
            for entry in batch:
                if entry.sequence > to_sequence:
                    return
                yield entry
            at = batch[-1].sequence

    async def _last(self) -> AuditEntry | None:
        statement = select(audit_events).order_by(audit_events.c.sequence.desc()).limit(1)
        row = (await self._session.execute(statement)).mappings().one_or_none()
        return _entry(row) if row else None


def _entry(row: RowMapping) -> AuditEntry:
    record = AuditRecord(row["actor"], row["action"], row["subject"])
    return AuditEntry(row["sequence"], row["time"], record, row["hash"])


def _columns(entry: AuditEntry) -> dict[str, object]:
    return {
        "sequence": entry.sequence,
        "time": entry.time,
        "actor": entry.record.actor,
        "action": entry.record.action,
        "subject": entry.record.subject,
        "hash": entry.hash,
    }
