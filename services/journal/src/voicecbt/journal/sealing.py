"""A mood as it is stored: scores in the clear, everything in the person's own words encrypted."""

import json
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from voicecbt.journal.domain import Details, Mood
from voicecbt.kit.crypto import FieldCipher


@dataclass(frozen=True, slots=True)
class SealedMood:
    """One row of `mood_entries`. None where the person told nothing; `emotions` is always there."""

    id: UUID
    user_id: UUID
    timestamp: datetime
    mood_score: int
    emotions: bytes
    context: bytes | None
    notes: bytes | None
    environmental_factors: bytes | None
    sleep_quality: int | None
    stress_level: int | None
    energy_level: int | None


class Sealing:
    """Encrypts and decrypts moods. A field is bound to its person, entry and column, so that none can be swapped."""

    def __init__(self, cipher: FieldCipher) -> None:
        self._cipher = cipher

    async def seal(self, mood: Mood) -> SealedMood:
        """The row of `mood`. Raises NotFound when the person was erased, Unavailable when auth does not answer."""
        told = mood.details
        factors = json.dumps(dict(told.environmental_factors)) if told.environmental_factors else ""
        return SealedMood(
            id=mood.id,
            user_id=mood.user_id,
            timestamp=mood.time,
            mood_score=told.mood_score,
            emotions=await self._encrypt(mood, "emotions", json.dumps(dict(told.emotions))),
            context=await self._encrypt(mood, "context", told.context) if told.context else None,
            notes=await self._encrypt(mood, "notes", told.notes) if told.notes else None,
            environmental_factors=await self._encrypt(mood, "environmental_factors", factors) if factors else None,
            sleep_quality=told.sleep_quality,
            stress_level=told.stress_level,
            energy_level=told.energy_level,
        )

    async def open(self, row: SealedMood) -> Mood:
        """The mood in `row`. Raises CannotDecrypt, and NotFound when the person's key was destroyed."""
        details = Details(
            mood_score=row.mood_score,
            emotions=json.loads(await self._decrypt(row, "emotions", row.emotions)),
            context=await self._decrypt(row, "context", row.context),
            notes=await self._decrypt(row, "notes", row.notes),
            environmental_factors=json.loads(
                await self._decrypt(row, "environmental_factors", row.environmental_factors) or "{}"
            ),
            sleep_quality=row.sleep_quality,
            stress_level=row.stress_level,
            energy_level=row.energy_level,
        )
        return Mood(row.id, row.user_id, row.timestamp, details)

    async def _encrypt(self, mood: Mood, column: str, text: str) -> bytes:
        return await self._cipher.encrypt(str(mood.user_id), _field(mood.id, column), text)

    async def _decrypt(self, row: SealedMood, column: str, blob: bytes | None) -> str:
        if blob is None:
            return ""
        return await self._cipher.decrypt(str(row.user_id), _field(row.id, column), blob)


def _field(mood_id: UUID, column: str) -> str:
    return f"mood_entries/{mood_id}/{column}"
