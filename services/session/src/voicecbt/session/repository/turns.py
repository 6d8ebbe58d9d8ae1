"""Turns in PostgreSQL: TurnRepository of the ports."""

from dataclasses import dataclass, replace
from uuid import UUID

from sqlalchemy import RowMapping, Select, case, func, select, update
from sqlalchemy.dialects.postgresql import JSONB, insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from voicecbt.kit.database import Database
from voicecbt.session.domain import SessionStatus, with_emotion
from voicecbt.session.ports import SessionMissing, TurnTaken
from voicecbt.session.repository.events import turn_committed
from voicecbt.session.repository.sealing import Sealing, TurnRow, risk_name
from voicecbt.session.repository.tables import outbox, sessions, turns
from voicecbt.session.turn.danger import highest_risk
from voicecbt.session.turn.record import NewTurn, Recall, StoredTurn
from voicecbt.stubs.rag.v1.rag_pb2 import RISK_LEVEL_ELEVATED, RISK_LEVEL_HIGH, RISK_LEVEL_IMMINENT

MAX_TURNS = 500  # Of one session in one answer: four hours of talk without a pause.
# The kind of a danger is sealed, so that its gravest is looked for among so many of the turns at the highest level.
RISKY_TURNS = 20
RISK_RANK = {risk_name(level): level for level in (RISK_LEVEL_ELEVATED, RISK_LEVEL_HIGH, RISK_LEVEL_IMMINENT)}


@dataclass(frozen=True, slots=True)
class PostgresTurns:
    """All SQL about turns. Sealing and opening happen outside transactions: they may have to ask for a key."""

    database: Database
    sealing: Sealing

    async def recall(self, user_id: UUID, session_id: UUID, turn_id: UUID, limit: int) -> Recall:
        """See TurnRepository. One statement, since it stands at the beginning of every turn."""
        async with self.database.transaction() as transaction:
            rows = (await transaction.execute(_recalled(user_id, session_id, turn_id, limit))).mappings().all()
        if not rows:
            raise SessionMissing
        ended = rows[0]["session_status"] == SessionStatus.ENDED
        past = [row for row in rows if row["id"] is not None]  # A session without turns is one row of nothing.
        stored = next((row for row in past if row["id"] == turn_id), None)
        if stored is not None:
            return Recall(ended, await self.sealing.turn_out(user_id, stored))
        latest = [row for row in past if row["index"] >= row["session_turn_count"] - limit]
        history = [await self.sealing.past_out(user_id, row) for row in latest]
        risky = [await self.sealing.safety_out(user_id, row) for row in past if row["safety_level"] in RISK_RANK]
        return Recall(ended, history=tuple(history), known_risk=highest_risk(risky))

    async def commit(self, user_id: UUID, turn: NewTurn) -> StoredTurn:
        """See TurnRepository. The unique id decides between replicas: the loser gets the winner's turn."""
        row = await self.sealing.turn_in(user_id, turn)
        async with self.database.transaction() as transaction:
            index = await self._store(transaction, user_id, turn, row)
            winner = None
            if index is None:
                winner = await _find(transaction, user_id, turn.session_id, turn.turn_id)
        if index is not None:
            return StoredTurn(turn, index, ours=True)
        if winner is None:
            raise TurnTaken
        return replace(await self.sealing.turn_out(user_id, winner), ours=False)

    async def turns_after(self, user_id: UUID, session_id: UUID, last_turn_id: UUID | None) -> list[StoredTurn]:
        """See TurnRepository."""
        last = select(turns.c.index).where(_turns_of(user_id, session_id), turns.c.id == last_turn_id)
        after = turns.c.index > func.coalesce(last.scalar_subquery(), -1)
        statement = select(turns).where(_turns_of(user_id, session_id), after).order_by(turns.c.index).limit(MAX_TURNS)
        async with self.database.transaction() as transaction:
            rows = (await transaction.execute(statement)).mappings().all()
        return [await self.sealing.turn_out(user_id, row) for row in rows]

    async def record_playback(self, user_id: UUID, turn_id: UUID, started_ms: int) -> None:
        """See TurnRepository."""
        timings = turns.c.timings.op("||")(func.jsonb_build_object("playback_started_ms", started_ms))
        await self._change(user_id, turn_id, {"timings": timings.cast(JSONB)})

    async def record_unheard(self, user_id: UUID, turn_id: UUID, reply: str, unheard: str) -> None:
        """See TurnRepository."""
        await self._change(user_id, turn_id, await self.sealing.reply_in(user_id, reply, unheard))

    async def _change(self, user_id: UUID, turn_id: UUID, values: TurnRow) -> None:
        async with self.database.transaction() as transaction:
            await transaction.execute(
                update(turns).where(turns.c.user_id == user_id, turns.c.id == turn_id).values(values)
            )

    async def _store(self, transaction: AsyncSession, user_id: UUID, turn: NewTurn, row: TurnRow) -> int | None:
        """The turn's index, or None when its id is taken. The session's row lock puts concurrent turns in order."""
        locked = select(sessions.c.turn_count, sessions.c.emotion_summary).where(_session_of(user_id, turn.session_id))
        session = (await transaction.execute(locked.with_for_update())).one_or_none()
        if session is None:
            raise SessionMissing
        index: int = session.turn_count
        new = insert(turns).values({**row, "index": index}).on_conflict_do_nothing(index_elements=[turns.c.id])
        if await transaction.scalar(new.returning(turns.c.id)) is None:
            return None
        await transaction.execute(
            update(sessions)
            .where(_session_of(user_id, turn.session_id))
            .values(
                turn_count=index + 1,
                emotion_summary=with_emotion(session.emotion_summary, turn.primary_emotion),
                last_activity_at=turn.time,
            )
        )
        await outbox.add(transaction, turn_committed(user_id, turn, index))
        return index


def _recalled(user_id: UUID, session_id: UUID, turn_id: UUID, limit: int) -> Select[tuple[object, ...]]:
    """The session beside the turn itself, its latest and its riskiest ones, oldest first; no row without a session."""
    wanted = (turns.c.id == turn_id) | (turns.c.index >= sessions.c.turn_count - limit)
    joined = sessions.outerjoin(
        turns, _turns_of(user_id, session_id) & (wanted | turns.c.id.in_(_riskiest(user_id, session_id)))
    )
    return (
        select(sessions.c.status.label("session_status"), sessions.c.turn_count.label("session_turn_count"), turns)
        .select_from(joined)
        .where(_session_of(user_id, session_id))
        .order_by(turns.c.index)
    )


def _riskiest(user_id: UUID, session_id: UUID) -> Select[tuple[UUID]]:
    past = turns.alias("past")
    risky = (past.c.user_id == user_id) & (past.c.session_id == session_id) & past.c.safety_level.in_(RISK_RANK)
    rank = case(RISK_RANK, value=past.c.safety_level)
    return select(past.c.id).where(risky).order_by(rank.desc(), past.c.index.desc()).limit(RISKY_TURNS)


async def _find(transaction: AsyncSession, user_id: UUID, session_id: UUID, turn_id: UUID) -> RowMapping | None:
    statement = select(turns).where(_turns_of(user_id, session_id), turns.c.id == turn_id)
    return (await transaction.execute(statement)).mappings().one_or_none()


def _session_of(user_id: UUID, session_id: UUID) -> ColumnElement[bool]:
    return (sessions.c.user_id == user_id) & (sessions.c.id == session_id)


def _turns_of(user_id: UUID, session_id: UUID) -> ColumnElement[bool]:
    return (turns.c.user_id == user_id) & (turns.c.session_id == session_id)
