"""Sessions in PostgreSQL."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import RowMapping, delete, func, select, tuple_, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.sql.elements import ColumnElement

from voicecbt.kit.database import Database
from voicecbt.kit.errors import NotFound
from voicecbt.session.domain import (
    IdleSession,
    NewSession,
    Session,
    SessionPage,
    SessionStatus,
    SessionType,
    StartedSession,
    outcome_metrics,
)
from voicecbt.session.repository.events import session_ended, session_started, turn_rated
from voicecbt.session.repository.page_tokens import PageToken
from voicecbt.session.repository.sealing import Sealing
from voicecbt.session.repository.tables import erased_people, outbox, sessions, turns


@dataclass(frozen=True, slots=True)
class PostgresSessions:
    """All SQL about sessions."""

    database: Database
    sealing: Sealing

    async def start(self, user_id: UUID, new: NewSession, now: datetime) -> StartedSession:
        """Makes the session, or finds the one that the same idempotency key made.

        Raises NotFound when the account was erased.
        """
        row = {
            "id": uuid4(),
            "user_id": user_id,
            "idempotency_key": new.idempotency_key,
            "start_time": now,
            "session_type": new.session_type,
            "status": SessionStatus.ACTIVE,
            "emotion_summary": {},
            "therapeutic_goals": await self.sealing.goals_in(user_id, new.therapeutic_goals),
            "turn_count": 0,
            "last_activity_at": now,
        }
        insertion = insert(sessions).values(row).on_conflict_do_nothing().returning(sessions)
        same_key = sessions.c.idempotency_key == new.idempotency_key
        async with self.database.transaction() as transaction:
            await _lock(transaction, user_id)
            if await _is_erased(transaction, user_id):
                raise NotFound("account")
            made = (await transaction.execute(insertion)).mappings().one_or_none()
            if made is not None:
                await outbox.add(transaction, session_started(user_id, made["id"], new.session_type))
            found = made or await _one(transaction, (sessions.c.user_id == user_id) & same_key)
        if found is None:
            raise LookupError("a session that was neither made nor found")
        return StartedSession(await self._session(found), made is not None)

    async def get(self, user_id: UUID, session_id: UUID) -> Session | None:
        """The session, if it is this person's."""
        async with self.database.transaction() as transaction:
            row = await _one(transaction, _owned(user_id, session_id))
        return await self._session(row) if row else None

    async def page(self, user_id: UUID, size: int, token: str) -> SessionPage:
        """`size` sessions after the token's, newest first. Raises InvalidArgument for a token that is not ours."""
        statement = select(sessions).where(sessions.c.user_id == user_id)
        if token:
            after = PageToken.parse(token)
            statement = statement.where(
                tuple_(sessions.c.start_time, sessions.c.id) < tuple_(after.start_time, after.session_id)
            )
        newest = statement.order_by(sessions.c.start_time.desc(), sessions.c.id.desc()).limit(size + 1)
        async with self.database.transaction() as transaction:
            rows = (await transaction.execute(newest)).mappings().all()
        page = tuple([await self._session(row) for row in rows[:size]])
        more = len(rows) > size
        return SessionPage(page, PageToken(page[-1].start_time, page[-1].session_id).text() if more else "")

    async def end(self, user_id: UUID, session_id: UUID, at: datetime) -> Session | None:
        """Ends the session; one that has ended stays as it is. None when there is no such session."""
        async with self.database.transaction() as transaction:
            row = await _one(transaction, _owned(user_id, session_id), lock=True)
            if row is not None and row["status"] == SessionStatus.ACTIVE:
                row = await _end(transaction, row, at)
        return await self._session(row) if row else None

    async def rate(self, user_id: UUID, session_id: UUID, turn_id: UUID, satisfaction: int) -> bool:
        """Rates a reply, 1 to 5; False when there is no such turn. The latest rating counts."""
        mine = (turns.c.user_id == user_id) & (turns.c.session_id == session_id) & (turns.c.id == turn_id)
        rating = update(turns).where(mine).values(user_satisfaction=satisfaction).returning(turns.c.id)
        async with self.database.transaction() as transaction:
            rated = await transaction.scalar(rating) is not None
            if rated:
                await outbox.add(transaction, turn_rated(user_id, session_id, turn_id, satisfaction))
        return rated

    async def touch(self, user_id: UUID, session_id: UUID, now: datetime) -> bool:
        """Notes that the person is still there; False when the session is over, or gone."""
        active = _owned(user_id, session_id) & (sessions.c.status == SessionStatus.ACTIVE)
        touching = update(sessions).where(active).values(last_activity_at=now).returning(sessions.c.id)
        async with self.database.transaction() as transaction:
            return await transaction.scalar(touching) is not None

    async def idle(self, since: datetime, limit: int) -> Sequence[IdleSession]:
        """Active sessions of anybody that were last heard of before `since`, longest idle first: for the sweep only."""
        statement = (
            select(sessions.c.id, sessions.c.user_id, sessions.c.last_activity_at)
            .where(sessions.c.status == SessionStatus.ACTIVE, sessions.c.last_activity_at < since)
            .order_by(sessions.c.last_activity_at)
            .limit(limit)
        )
        async with self.database.transaction() as transaction:
            return [IdleSession(*row) for row in (await transaction.execute(statement)).all()]

    async def erase(self, user_id: UUID) -> int:
        """Deletes everything of a person and takes no more of theirs; returns how many sessions there were.

        Their turns go with their sessions, and no turn is stored without one.
        """
        remember = insert(erased_people).values(user_id=user_id).on_conflict_do_nothing()
        forget = delete(sessions).where(sessions.c.user_id == user_id).returning(sessions.c.id)
        async with self.database.transaction() as transaction:
            await _lock(transaction, user_id)
            await transaction.execute(remember)
            return len((await transaction.execute(forget)).all())

    async def _session(self, row: RowMapping) -> Session:
        return Session(
            session_id=row["id"],
            user_id=row["user_id"],
            session_type=SessionType(row["session_type"]),
            status=SessionStatus(row["status"]),
            start_time=row["start_time"],
            end_time=row["end_time"],
            turn_count=row["turn_count"],
            emotion_summary=row["emotion_summary"],
            therapeutic_goals=await self.sealing.goals_out(row["user_id"], row["therapeutic_goals"]),
        )


async def _lock(transaction: AsyncSession, user_id: UUID) -> None:
    """Until the transaction ends, no other one that locks this person runs: erasing and starting exclude each other."""
    name = f"session person {user_id}"
    await transaction.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(name, 0))))


async def _is_erased(transaction: AsyncSession, user_id: UUID) -> bool:
    found = await transaction.scalar(select(erased_people.c.user_id).where(erased_people.c.user_id == user_id))
    return found is not None


async def _end(transaction: AsyncSession, row: RowMapping, at: datetime) -> RowMapping:
    rated = select(turns.c.user_satisfaction).where(
        turns.c.user_id == row["user_id"],
        turns.c.session_id == row["id"],
        turns.c.user_satisfaction.is_not(None),
    )
    ratings = [int(rating) for rating in await transaction.scalars(rated) if rating is not None]
    seconds = max(0, round((at - row["start_time"]).total_seconds()))
    change = {
        "status": SessionStatus.ENDED,
        "end_time": at,
        "duration_seconds": seconds,
        "outcome_metrics": outcome_metrics(ratings),
    }
    ended = update(sessions).where(_owned(row["user_id"], row["id"])).values(change).returning(sessions)
    await outbox.add(transaction, session_ended(row["user_id"], row["id"], seconds, row["turn_count"]))
    changed: RowMapping = (await transaction.execute(ended)).mappings().one()
    return changed


async def _one(transaction: AsyncSession, which: ColumnElement[bool], *, lock: bool = False) -> RowMapping | None:
    statement = select(sessions).where(which)
    rows = await transaction.execute(statement.with_for_update() if lock else statement)
    row: RowMapping | None = rows.mappings().one_or_none()
    return row


def _owned(user_id: UUID, session_id: UUID) -> ColumnElement[bool]:
    return (sessions.c.user_id == user_id) & (sessions.c.id == session_id)
