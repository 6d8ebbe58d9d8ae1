"""The hash chain of the audit trail: each entry's hash covers the one before it and everything it says.

A changed, removed, added or reordered entry breaks every hash from there on. What the chain alone cannot show
is that the newest entries were cut off: for that, keep the last hash of each `ListAuditEvents` elsewhere.
"""

import hashlib
from datetime import UTC, datetime

from voicecbt.auth.domain import AuditEntry, AuditRecord

GENESIS_HASH = bytes(32)  # what stands before the first entry


def chained(previous: AuditEntry | None, time: datetime, record: AuditRecord) -> AuditEntry:
    """The entry that follows `previous` (None for the first). `time` is kept to the microsecond."""
    sequence = previous.sequence + 1 if previous else 1
    before = previous.hash if previous else GENESIS_HASH
    return AuditEntry(sequence, time, record, entry_hash(before, sequence, time, record))


def follows(previous: AuditEntry | None, entry: AuditEntry) -> bool:
    """Whether `entry` is what comes after `previous`, unchanged."""
    return entry == chained(previous, entry.time, entry.record)


def entry_hash(before: bytes, sequence: int, time: datetime, record: AuditRecord) -> bytes:
    """SHA-256 over the hash before and the length-prefixed fields, so that no two entries read the same."""
    stamp = time.astimezone(UTC).isoformat(timespec="microseconds")
    digest = hashlib.sha256(before)
    for text in (str(sequence), stamp, record.actor, record.action, record.subject):
        encoded = text.encode()
        digest.update(len(encoded).to_bytes(4, "big") + encoded)
    return digest.digest()
