"""Schemas made from descriptors."""

import pytest

from voicecbt.edge.schemas import request_model, response_model
from voicecbt.stubs.auth.v1 import auth_pb2
from voicecbt.stubs.journal.v1 import journal_pb2
from voicecbt.stubs.session.v1 import session_pb2

pytestmark = pytest.mark.unit


def schema_of(message: type, **how: object) -> dict:
    return request_model(message.DESCRIPTOR, **how).model_json_schema()


def test_rules_of_the_proto_are_in_the_schema():
    properties = schema_of(auth_pb2.RegisterRequest)["properties"]
    assert properties["password"]["minLength"] == 10
    assert properties["password"]["maxLength"] == 200
    assert properties["email"]["format"] == "email"
    assert properties["country"]["pattern"] == "^([A-Z]{2})?$"


def test_what_must_be_there_is_required():
    assert schema_of(auth_pb2.RegisterRequest)["required"] == ["email", "password"]
    assert "required" not in schema_of(session_pb2.ListSessionsRequest)


def test_fields_from_elsewhere_are_left_out():
    schema = schema_of(session_pb2.RateTurnRequest, without=frozenset({"session_id", "turn_id"}))
    assert list(schema["properties"]) == ["satisfaction"]


def test_unknown_fields_are_forbidden_at_every_depth():
    schema = schema_of(journal_pb2.RecordMoodRequest)
    assert schema["additionalProperties"] is False
    assert schema["$defs"]["MoodInput"]["additionalProperties"] is False


def test_enums_are_names():
    status = response_model(session_pb2.Session.DESCRIPTOR).model_json_schema()["properties"]["status"]
    assert status["enum"] == ["SESSION_STATUS_UNSPECIFIED", "SESSION_STATUS_ACTIVE", "SESSION_STATUS_ENDED"]


def test_an_id_that_may_be_left_out_may_be_empty():
    pattern = schema_of(session_pb2.Open)["properties"]["last_turn_id"]["pattern"]
    assert pattern.startswith("^$|")


def test_answers_promise_what_is_always_there():
    required = response_model(session_pb2.Session.DESCRIPTOR).model_json_schema()["required"]
    assert "turn_count" in required
    assert "end_time" not in required


def test_answers_are_not_bound_by_the_rules_of_requests():
    properties = response_model(journal_pb2.Mood.DESCRIPTOR).model_json_schema()["properties"]
    assert "maxLength" not in properties["notes"]


def test_the_two_directions_have_names_of_their_own():
    assert request_model(journal_pb2.Mood.DESCRIPTOR).__name__ == "MoodInput"
    assert response_model(journal_pb2.Mood.DESCRIPTOR).__name__ == "Mood"


def test_models_are_made_once():
    assert request_model(journal_pb2.Mood.DESCRIPTOR) is request_model(journal_pb2.Mood.DESCRIPTOR)
