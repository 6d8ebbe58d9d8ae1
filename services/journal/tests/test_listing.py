"""Pages of moods, and what the companion may know."""

import uuid
from datetime import UTC, datetime, timedelta

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from google.rpc import error_details_pb2
from grpc_status import rpc_status

pytestmark = pytest.mark.integration

NOW = datetime.now(UTC).replace(microsecond=0)


def at(moment: datetime) -> Timestamp:
    stamp = Timestamp()
    stamp.FromDatetime(moment)
    return stamp


async def refused_field(call) -> str:
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call
    assert caught.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    detail = error_details_pb2.BadRequest()
    assert rpc_status.from_call(caught.value).details[0].Unpack(detail)
    return detail.field_violations[0].field


async def all_pages(journal, between=None, **request: object) -> list[str]:
    """The ids of all pages; `between` runs after each page."""
    ids: list[str] = []
    token = ""
    while True:
        page = await journal.list(page_token=token, **request)
        ids += [mood.mood_id for mood in page.moods]
        token = page.next_page_token
        if not token:
            return ids
        if between:
            await between()


async def test_pages_are_complete_and_newest_first_though_many_share_a_time(journal):
    times = [NOW - timedelta(hours=hour) for hour in (1, 1, 1, 2, 3, 3, 5)]
    recorded = [await journal.record(time=time) for time in times]
    expected = sorted(recorded, key=lambda mood: (mood.time.seconds, mood.mood_id), reverse=True)
    for page_size in (1, 2, 3, 7, 200):
        assert await all_pages(journal, page_size=page_size) == [mood.mood_id for mood in expected]


async def test_entries_that_come_while_paging_neither_repeat_nor_hide_others(journal):
    recorded = [await journal.record(time=NOW - timedelta(hours=hour)) for hour in range(1, 8)]
    ids = await all_pages(journal, between=lambda: journal.record(time=NOW), page_size=2)
    assert ids == [mood.mood_id for mood in recorded]


async def test_an_entry_deleted_while_paging_hides_no_other(journal):
    recorded = [await journal.record(time=NOW - timedelta(hours=hour)) for hour in range(1, 6)]
    first = await journal.list(page_size=2)
    await journal.delete(first.moods[1].mood_id)
    rest = await journal.list(page_size=10, page_token=first.next_page_token)
    assert [mood.mood_id for mood in rest.moods] == [mood.mood_id for mood in recorded[2:]]


async def test_fifty_entries_are_a_page_unless_asked_otherwise(journal):
    for minute in range(51):
        await journal.record(time=NOW - timedelta(minutes=minute))
    page = await journal.list()
    assert len(page.moods) == 50 and page.next_page_token
    assert len((await journal.list(page_token=page.next_page_token)).moods) == 1


async def test_from_is_inclusive_and_to_is_exclusive(journal):
    moods = [await journal.record(time=NOW - timedelta(hours=hour)) for hour in (3, 2, 1)]
    listed = await journal.list(**{"from": at(NOW - timedelta(hours=3)), "to": at(NOW - timedelta(hours=1))})
    assert [mood.mood_id for mood in listed.moods] == [moods[1].mood_id, moods[0].mood_id]


async def test_pages_keep_to_the_window(journal):
    moods = [await journal.record(time=NOW - timedelta(hours=hour)) for hour in range(1, 7)]
    window = {"from": at(NOW - timedelta(hours=5)), "to": at(NOW - timedelta(hours=1))}
    assert await all_pages(journal, page_size=2, **window) == [mood.mood_id for mood in moods[1:5]]


async def test_a_backwards_window_is_refused(journal):
    moment = at(NOW)
    assert await refused_field(journal.list(**{"from": moment, "to": moment})) == "to"


@pytest.mark.parametrize("field", ["from", "to"])
async def test_a_bound_that_no_calendar_has_is_refused(journal, field):
    assert await refused_field(journal.list(**{field: Timestamp(seconds=-(10**15))})) == field


async def test_a_page_size_out_of_range_is_refused(journal):
    assert await refused_field(journal.list(page_size=201)) == "page_size"


@pytest.mark.parametrize("token", ["x", "AAAA", "not base64!", "é", "A" * 44, "A" * 201])
async def test_a_token_that_is_none_is_refused(journal, token):
    assert await refused_field(journal.list(page_token=token)) == "page_token"


async def test_a_token_of_somebody_elses_list_is_refused(journal):
    for _ in range(2):
        await journal.record()
    token = (await journal.list(page_size=1)).next_page_token
    assert await refused_field(journal.as_(str(uuid.uuid4())).list(page_token=token)) == "page_token"
    assert await refused_field(journal.list(page_token=token, to=at(NOW))) == "page_token"


async def test_the_companion_knows_the_latest_mood_of_the_last_day(journal):
    assert await journal.context(journal.user_id) == 0
    await journal.record(9, time=NOW - timedelta(hours=25))
    assert await journal.context(journal.user_id) == 0
    await journal.record(3, time=NOW - timedelta(hours=1))
    await journal.record(8, time=NOW - timedelta(hours=23))
    assert await journal.context(journal.user_id, acting_for=journal.user_id) == 3


async def test_a_service_that_acts_for_one_person_learns_nothing_of_another(journal):
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await journal.context(journal.user_id, acting_for=str(uuid.uuid4()))
    assert caught.value.code() == grpc.StatusCode.PERMISSION_DENIED
