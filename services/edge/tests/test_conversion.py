"""JSON and proto messages: what is taken, what is refused and how, and that nothing is lost on the way."""

import json

import pytest
from google.protobuf.message import Message
from hypothesis import given, settings
from hypothesis import strategies as st

from voicecbt.edge.conversion import check, parse, respond, to_json, to_message
from voicecbt.edge.problems import Problem
from voicecbt.edge.schemas import request_model
from voicecbt.stubs.journal.v1 import journal_pb2
from voicecbt.stubs.session.v1 import session_pb2

pytestmark = pytest.mark.unit

WITHOUT_KEY = frozenset({"idempotency_key"})
SECRET = "what somebody said"


def record(document: object) -> journal_pb2.RecordMoodRequest:
    model = request_model(journal_pb2.RecordMoodRequest.DESCRIPTOR, WITHOUT_KEY)
    body = document if isinstance(document, bytes) else json.dumps(document).encode()
    return to_message(journal_pb2.RecordMoodRequest, check(model, body))


def refusal(document: object) -> Problem:
    with pytest.raises(Problem) as refused:
        record(document)
    assert refused.value.status == 400
    return refused.value


def test_all_kinds_of_fields_are_read():
    mood = record(
        {
            "mood": {
                "time": "2026-05-04T09:30:00.5+02:00",
                "mood_score": 6,
                "emotions": {"joy": 0.5, "fear": 0},
                "notes": "Grüße",
                "environmental_factors": {"weather": "rain"},
            }
        }
    ).mood
    assert mood.time.ToJsonString() == "2026-05-04T07:30:00.500Z"
    assert mood.mood_score == 6
    assert dict(mood.emotions) == {"joy": 0.5, "fear": 0}
    assert dict(mood.environmental_factors) == {"weather": "rain"}


@pytest.mark.parametrize(
    ("document", "field"),
    [
        ({}, "mood"),
        ({"mood": {}}, "mood.mood_score"),
        ({"mood": {"mood_score": 11}}, "mood.mood_score"),
        ({"mood": {"mood_score": -1}}, "mood.mood_score"),
        ({"mood": {"mood_score": "6"}}, "mood.mood_score"),
        ({"mood": {"mood_score": 6.5}}, "mood.mood_score"),
        ({"mood": {"mood_score": True}}, "mood.mood_score"),
        ({"mood": {"mood_score": None}}, "mood.mood_score"),
        ({"mood": {"moodScore": 6, "mood_score": 6}}, "mood.moodScore"),
        ({"mood": {"mood_score": 6}, "idempotency_key": "x"}, "idempotency_key"),
        ({"mood": {"mood_score": 6, "notes": "a" * 5001}}, "mood.notes"),
        ({"mood": {"mood_score": 6, "time": "yesterday"}}, "mood.time"),
        ({"mood": {"mood_score": 6, "time": "2026-05-04T09:30:00"}}, "mood.time"),
        ({"mood": {"mood_score": 6, "time": 1}}, "mood.time"),
        ({"mood": {"mood_score": 6, "emotions": {"joy": 1e300}}}, "mood.emotions.joy"),
        ({"mood": {"mood_score": 6, "emotions": {f"e{i}": 0 for i in range(21)}}}, "mood.emotions"),
        ({"mood": []}, "mood"),
        ([], "body"),
    ],
)
def test_a_wrong_field_is_named(document, field):
    assert field in [error.field for error in refusal(document).errors]


@pytest.mark.parametrize(
    "body",
    [b"\xff\xfe", b"{", b'"\xc3\x28"', b'{"mood": {"mood_score": 6, "notes": "\\ud800"}}', b"[" * 50_000, b"NaN"],
)
def test_what_is_no_json_is_refused(body):
    assert refusal(body).errors[0].field == "body"


def test_infinity_is_no_number():
    assert refusal(b'{"mood": {"mood_score": 6, "emotions": {"joy": Infinity}}}').errors


def test_times_that_no_timestamp_holds_are_refused():
    assert refusal({"mood": {"mood_score": 6, "time": "0001-01-01T00:00:00+05:00"}}).errors[0].field == "body"


def test_what_was_sent_is_not_quoted():
    problem = refusal({"mood": {"mood_score": SECRET, "notes": [SECRET], "time": SECRET}})
    assert SECRET not in problem.detail
    assert SECRET not in str(problem)
    assert all(SECRET not in error.message for error in problem.errors)


def test_answers_to_hostile_documents_stay_short():
    assert len(refusal({f"field_{number}": 1 for number in range(500)}).errors) == 20


@pytest.mark.parametrize("sent", [5, "5"])
def test_long_integers_are_taken_as_numbers_and_as_strings(sent):
    request = parse(session_pb2.ConverseRequest, json.dumps({"audio": {"sequence": sent, "data": "AAA="}}))
    assert (request.audio.sequence, request.audio.data) == (5, b"\x00\x00")


def test_base64_of_a_wrong_length_is_refused():
    with pytest.raises(Problem):
        parse(session_pb2.ConverseRequest, '{"audio": {"sequence": 1, "data": "A"}}')


def test_safe_integers_are_numbers_and_others_strings():
    def sequence(number: int) -> object:
        return to_json(session_pb2.ConverseResponse(sequence=number))["sequence"]

    assert sequence(2**53 - 1) == 2**53 - 1
    assert sequence(2**53) == str(2**53)


def test_nested_long_integers_are_numbers_too():
    response = session_pb2.ConverseResponse()
    response.final_transcript.start_ms = 12
    assert to_json(response)["final_transcript"]["start_ms"] == 12


def test_answers_hold_every_field_without_presence():
    document = to_json(session_pb2.ListSessionsResponse(sessions=[session_pb2.Session(session_id="x")]))
    session = document["sessions"][0]
    assert session["turn_count"] == 0
    assert session["status"] == "SESSION_STATUS_UNSPECIFIED"
    assert "start_time" not in session
    assert document["next_page_token"] == ""


def test_answers_are_not_cached():
    assert respond(session_pb2.RateTurnResponse()).headers["cache-control"] == "no-store"


moods = st.fixed_dictionaries(
    {"mood_score": st.integers(1, 10)},
    optional={
        "notes": st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
        "emotions": st.dictionaries(st.from_regex(r"\A[a-z_]{1,20}\Z"), st.floats(0, 1, width=32), max_size=20),
        "sleep_quality": st.integers(0, 5),
    },
)


@given(moods)
@settings(max_examples=50, deadline=None)
def test_what_is_sent_comes_back(mood):
    returned = to_json(record({"mood": mood}).mood)
    assert returned["emotions"] == pytest.approx(mood.get("emotions", {}))
    assert returned["mood_score"] == mood["mood_score"]
    assert returned["notes"] == mood.get("notes", "")


@given(st.binary(max_size=200))
@settings(max_examples=100, deadline=None)
def test_any_bytes_are_read_or_refused_clearly(body):
    model = request_model(session_pb2.StartSessionRequest.DESCRIPTOR, WITHOUT_KEY)
    try:
        made: Message = to_message(session_pb2.StartSessionRequest, check(model, body))
    except Problem as problem:
        assert problem.status == 400
        assert problem.errors
    else:
        assert made.IsInitialized()
