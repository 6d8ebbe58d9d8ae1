"""Recording and deleting moods through the real server: what comes back, what is refused, what is stored."""

import asyncio
import math
import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status
from sqlalchemy import text

from voicecbt.journal.__main__ import compose
from voicecbt.kit import metrics
from voicecbt.kit.server import running
from voicecbt.stubs.journal.v1 import journal_pb2, journal_pb2_grpc

pytestmark = pytest.mark.integration

TOLD = {
    "emotions": {"anxiety": 0.7, "my_own_word": 0.25},
    "context": "on the train",
    "notes": "a note with ünïcode, \x00 and 🙂",
    "environmental_factors": {"weather": "grey and wet", "noise": "high"},
    "sleep_quality": 2,
    "stress_level": 5,
}


async def refusal(call) -> grpc.aio.AioRpcError:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    return caught.value


def fields_of(error: grpc.aio.AioRpcError) -> list[str]:
    assert error.code() == grpc.StatusCode.INVALID_ARGUMENT
    detail = error_details_pb2.BadRequest()
    assert rpc_status.from_call(error).details[0].Unpack(detail)
    return [violation.field for violation in detail.field_violations]


async def count(database, user_id: str, table: str = "mood_entries") -> int:
    query = text(f"SELECT count(*) FROM journal.{table} WHERE user_id = :user_id")
    async with database.transaction() as session:
        return await session.scalar(query, {"user_id": user_id})


async def test_everything_that_was_told_comes_back(journal):
    before = datetime.now(UTC)
    recorded = await journal.record(4, **TOLD)
    [listed] = (await journal.list()).moods
    assert recorded == listed
    expected = journal_pb2.Mood(mood_score=4, mood_id=recorded.mood_id, time=recorded.time, **TOLD)
    assert listed == expected
    assert before <= recorded.time.ToDatetime(tzinfo=UTC) <= datetime.now(UTC)


async def test_what_was_said_is_not_readable_in_the_database(journal, database):
    await journal.record(4, **TOLD)
    query = text("SELECT * FROM journal.mood_entries WHERE user_id = :user_id")
    async with database.transaction() as session:
        row = (await session.execute(query, {"user_id": journal.user_id})).one()._mapping
    assert (row["mood_score"], row["sleep_quality"], row["stress_level"], row["energy_level"]) == (4, 2, 5, None)
    raw = b"".join(bytes(value) for value in row.values() if isinstance(value, bytes))
    for word in ("anxiety", "own_word", "train", "note", "weather", "grey", "noise"):
        assert word.encode() not in raw


async def test_a_field_moved_to_another_entry_cannot_be_read(journal, database):
    first, second = await journal.record(notes="first"), await journal.record(notes="second")
    move = "UPDATE journal.mood_entries SET notes = other.notes FROM journal.mood_entries AS other"
    where = "WHERE mood_entries.id = :to AND other.id = :from"
    async with database.transaction() as session:
        await session.execute(text(f"{move} {where}"), {"to": first.mood_id, "from": second.mood_id})
    assert (await refusal(journal.list())).code() == grpc.StatusCode.INTERNAL


async def test_the_same_key_gives_the_same_entry(journal, database):
    counted = metrics.mood_entries._value.get()
    first = await journal.record(4, key="the key", **TOLD)
    again = await journal.record(9, key="the key", notes="something else")
    assert first == again
    assert (await journal.as_(str(uuid.uuid4())).record(key="the key")).mood_id != first.mood_id
    assert await count(database, journal.user_id) == 1
    assert metrics.mood_entries._value.get() == counted + 2


async def test_the_same_key_at_the_same_time_gives_one_entry(journal, database):
    recorded = await asyncio.gather(*(journal.record(n % 10 + 1, key="parallel") for n in range(20)))
    assert len({mood.mood_id for mood in recorded}) == 1 and len({mood.mood_score for mood in recorded}) == 1
    assert await count(database, journal.user_id) == 1


@pytest.mark.parametrize(
    ("told", "field"),
    [
        ({"score": 0}, "mood.mood_score"),
        ({"score": 11}, "mood.mood_score"),
        ({"score": 2**32 - 1}, "mood.mood_score"),
        ({"sleep_quality": 6}, "mood.sleep_quality"),
        ({"stress_level": 6}, "mood.stress_level"),
        ({"energy_level": 6}, "mood.energy_level"),
        ({"notes": "x" * 5001}, "mood.notes"),
        ({"notes": "x" * 5_000_000}, "mood.notes"),
        ({"context": "x" * 256}, "mood.context"),
        ({"emotions": {"joy": 1.1}}, "mood.emotions"),
        ({"emotions": {"joy": math.nan}}, "mood.emotions"),
        ({"emotions": {"Joy!": 0.5}}, "mood.emotions"),
        ({"environmental_factors": {"weather": "x" * 201}}, "mood.environmental_factors"),
        ({"environmental_factors": {f"f_{'x' * n}": "" for n in range(21)}}, "mood.environmental_factors"),
        ({"key": "x" * 101}, "idempotency_key"),
        ({"time": datetime.now(UTC) + timedelta(days=1)}, "mood.time"),
        ({"time": datetime(1899, 12, 31, tzinfo=UTC)}, "mood.time"),
    ],
)
async def test_bad_input_is_refused_by_field_and_stores_nothing(journal, database, told, field):
    assert field in fields_of(await refusal(journal.record(**told)))
    assert await count(database, journal.user_id) == 0


async def test_a_time_that_no_calendar_has_is_refused(journal):
    mood = journal_pb2.Mood(mood_score=5, time=Timestamp(seconds=10**15))
    request = journal_pb2.RecordMoodRequest(idempotency_key="k", mood=mood)
    error = await refusal(journal.stub.RecordMood(request, metadata=journal.mint.metadata(journal.user_id)))
    assert fields_of(error) == ["mood.time"]


@pytest.mark.parametrize("key", ["\x00", "a\nb", "🔑" * 100], ids=["nul", "newline", "emoji"])
async def test_any_text_is_a_key(journal, key):
    assert (await journal.record(key=key)).mood_id == (await journal.record(key=key)).mood_id


async def test_a_deleted_entry_is_gone_for_good(journal, database):
    mood = await journal.record(**TOLD)
    await journal.delete(mood.mood_id)
    assert await count(database, journal.user_id) == 0
    assert (await refusal(journal.delete(mood.mood_id))).code() == grpc.StatusCode.NOT_FOUND


async def test_somebody_elses_entry_looks_unknown(journal):
    mood = await journal.record(**TOLD)
    other = journal.as_(str(uuid.uuid4()))
    theirs = await refusal(other.delete(mood.mood_id))
    unknown = await refusal(other.delete(str(uuid.uuid4())))
    assert (theirs.code(), theirs.details()) == (unknown.code(), unknown.details())
    assert theirs.code() == grpc.StatusCode.NOT_FOUND
    assert list((await other.list()).moods) == [] and len((await journal.list()).moods) == 1


async def test_an_id_that_is_none_is_refused(journal):
    assert fields_of(await refusal(journal.delete("not-an-id"))) == ["mood_id"]


async def test_a_token_that_names_nobody_is_refused(journal):
    assert (await refusal(journal.as_("nobody").record())).code() == grpc.StatusCode.UNAUTHENTICATED


async def test_without_auth_the_answer_is_to_try_again(settings, token_mint):
    away = settings.model_copy(update={"auth_address": "127.0.0.1:1"})
    async with (
        running("journal", away, compose, token_mint) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        mood = journal_pb2.Mood(mood_score=5)
        request = journal_pb2.RecordMoodRequest(idempotency_key="k", mood=mood)
        stub = journal_pb2_grpc.JournalServiceStub(channel)
        error = await refusal(stub.RecordMood(request, metadata=token_mint.metadata(str(uuid.uuid4()))))
    assert error.code() == grpc.StatusCode.UNAVAILABLE
