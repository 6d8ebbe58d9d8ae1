"""Writing to and reading from the audit trail on behalf of others."""

from collections.abc import Sequence
from dataclasses import dataclass

from voicecbt.auth.audit_chain import follows
from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import AuditEntry, AuditRecord
from voicecbt.auth.repository import AuditTrail
from voicecbt.kit.database import Database

DEFAULT_PAGE = 100


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Entries in order, and whether the chain from the very first to the last of them is unbroken."""

    entries: Sequence[AuditEntry]
    chain_intact: bool


@dataclass(frozen=True, slots=True)
class Audit:
    """The trail as other services and operators use it."""

    database: Database
    clock: Clock

    async def record(self, record: AuditRecord) -> AuditEntry:
        """Appends; returns the entry with its place in the chain."""
        async with self.database.transaction() as session:
            return await AuditTrail(session).append(record, self.clock())

    async def page(self, after_sequence: int, size: int) -> AuditPage:
        """Up to `size` entries (0 for a hundred) after that one. Reads the whole chain up to them to verify it."""
        async with self.database.transaction() as session:
            trail = AuditTrail(session)
            entries = await trail.page(after_sequence, size or DEFAULT_PAGE)
            last = entries[-1].sequence if entries else after_sequence
            return AuditPage(entries, await _intact(trail, last))


async def _intact(trail: AuditTrail, to_sequence: int) -> bool:
    previous: AuditEntry | None = None
    async for entry in trail.walk(to_sequence):
        if not follows(previous, entry):
            return False
        previous = entry
    return True
