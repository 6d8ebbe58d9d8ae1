"""Moods and sessions over REST through Envoy: kept, listed, charted, and nobody else's business."""

import uuid

import pytest

pytestmark = pytest.mark.e2e


def test_a_mood_is_kept_listed_and_charted(person, eventually):
    mood = {"mood_score": 4, "notes": "a long day", "emotions": {"sadness": 0.6}, "sleep_quality": 2}
    recorded = person.client.post("/api/v1/moods", json={"mood": mood}, headers=person.key())
    assert recorded.is_success, recorded.text
    listed = person.client.get("/api/v1/moods").json()["moods"]
    assert [(each["mood_score"], each["notes"]) for each in listed] == [(4, "a long day")]
    points = eventually(
        lambda: person.client.get("/api/v1/insights/mood-trend").json().get("points", []), lambda points: points
    )
    assert [(point["entries"], point["mean_mood"]) for point in points] == [(1, 4)]


def test_the_same_key_keeps_one_mood(person):
    key = person.key()
    for _ in range(3):
        assert person.client.post("/api/v1/moods", json={"mood": {"mood_score": 5}}, headers=key).is_success
    assert len(person.client.get("/api/v1/moods").json()["moods"]) == 1


def test_sessions_are_listed_and_counted(person, eventually):
    session_id = person.start_session()
    assert person.client.post(f"/api/v1/sessions/{session_id}/end", headers=person.key()).is_success
    sessions = person.client.get("/api/v1/sessions").json()["sessions"]
    assert [(each["session_id"], each["status"]) for each in sessions] == [(session_id, "SESSION_STATUS_ENDED")]
    points = eventually(
        lambda: person.client.get("/api/v1/insights/sessions").json().get("points", []), lambda points: points
    )
    assert [point["sessions"] for point in points] == [1]


def test_somebody_else_s_session_looks_unknown(person, other_person):
    session_id = person.start_session()
    theirs = other_person.client.get(f"/api/v1/sessions/{session_id}")
    unknown = other_person.client.get(f"/api/v1/sessions/{uuid.uuid4()}")
    assert theirs.status_code == unknown.status_code == 404
    assert theirs.json()["detail"] == unknown.json()["detail"]


@pytest.mark.parametrize(
    ("mood", "field"),
    [({"mood_score": 11}, "mood_score"), ({"mood_score": 5, "notes": "x" * 6000}, "notes"), ({}, "mood_score")],
)
def test_a_wrong_field_is_named(person, mood, field):
    response = person.client.post("/api/v1/moods", json={"mood": mood}, headers=person.key())
    assert response.status_code == 400
    assert response.headers["content-type"].startswith("application/problem+json")
    assert any(field in error["field"] for error in response.json()["errors"])


def test_an_erased_person_is_gone_everywhere(person, eventually):
    assert person.client.post("/api/v1/moods", json={"mood": {"mood_score": 3}}, headers=person.key()).is_success
    body = {"password": person.password}
    erased = person.client.request("DELETE", "/api/v1/me", json=body, headers=person.key())
    assert erased.is_success, erased.text
    account = {"email": person.email, "password": person.password}
    assert person.client.post("/api/v1/auth/sign-in", json=account).status_code == 401
    after = eventually(
        lambda: person.client.get("/api/v1/moods"),
        lambda response: response.status_code != 200 or not response.json().get("moods"),
    )
    assert after.status_code != 200 or not after.json().get("moods")
