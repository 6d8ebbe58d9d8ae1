"""Services and stores die in the middle of things: people are told, and what was acknowledged is there, once."""

import os
import signal
import socket
import struct
import threading
import time
import uuid
from contextlib import contextmanager, suppress

import httpx
import pytest
from websockets import ConnectionClosed, InvalidStatus

pytestmark = pytest.mark.e2e

SAID = "I keep worrying about my exam next week."
RECONNECT_SECONDS = 1.0  # The others find it again after half a second at the latest (kit/channels.py).
WRITES = 3  # Of each kind, before the store goes and after it is back.


@contextmanager
def frozen(platform, program):
    """Stops a program from running, so that a turn cannot get past it; gives its process id."""
    pid = platform.pid(program)
    os.kill(pid, signal.SIGSTOP)
    try:
        yield pid
    finally:
        with suppress(ProcessLookupError):  # The test may have killed it.
            os.kill(pid, signal.SIGCONT)


@contextmanager
def killed_mid_turn(platform, program, frozen_program=""):
    """In the block a turn cannot end, as a program is frozen; call what is given to kill `program`.

    Leaves the block when the supervisor has brought it back.
    """
    pid = platform.pid(program)
    with frozen(platform, frozen_program or program):
        yield lambda: os.kill(pid, signal.SIGKILL)
    platform.wait_healthy(program, after_pid=pid)
    time.sleep(RECONNECT_SECONDS)


def assert_next_turn_is_whole(person, session_id, text_only=False):
    with person.conversation(session_id, text_only) as line:
        turn = line.answer("I slept badly.").turn_completed.turn
        assert turn.reply and not turn.degraded
        return turn.turn_id


def turn_ids(person, session_id):
    return [turn["turn_id"] for turn in person.turns(session_id)]


@pytest.mark.parametrize(
    ("program", "missing"),
    [("rag", {"retrieval", "generation", "safety"}), ("emotion", {"emotion"}), ("synthesis", {"synthesis"})],
)
def test_without_a_part_the_answer_is_degraded_says_so_and_is_kept_once(platform, person, program, missing):
    session_id = person.start_session()
    with killed_mid_turn(platform, program) as kill, person.conversation(session_id, text_only=False) as line:
        turn_id = line.say(SAID)
        line.until("turn_started", turn_id=turn_id)
        kill()
        turn = line.until("turn_completed", "turn_failed", turn_id=turn_id).turn_completed.turn
        assert turn.reply
        assert missing & set(turn.degraded)
        told = [event.degraded for event in line.heard if event.HasField("degraded")]
        assert all(each.message for each in told) and missing & {each.stage for each in told}
        again = line.answer(SAID, turn_id).turn_completed.turn
        assert (again.turn_id, again.reply) == (turn_id, turn.reply)
    whole = assert_next_turn_is_whole(person, session_id)
    assert turn_ids(person, session_id) == [turn_id, whole]


def test_danger_is_answered_with_helplines_even_when_it_cannot_be_assessed(platform, person):
    with killed_mid_turn(platform, "rag") as kill, person.conversation(person.start_session()) as line:
        turn_id = line.say("I want to kill myself tonight.")
        line.until("turn_started", turn_id=turn_id)
        kill()
        turn = line.until("turn_completed", "turn_failed", turn_id=turn_id).turn_completed.turn
        assert turn.reply and turn.safety.helplines


def test_speech_that_cannot_be_recognised_is_told_and_can_be_said_again(platform, person, clip):
    session_id, turn_id = person.start_session(), str(uuid.uuid4())
    with person.conversation(session_id) as line:
        with killed_mid_turn(platform, "transcription") as kill:
            line.play(clip, turn_id)
            kill()
            failed = line.until("turn_completed", "turn_failed", turn_id=turn_id).turn_failed
            assert (failed.reason, failed.retryable) == ("recognition_unavailable", True)
            assert failed.message and failed.HasField("retry_after")
        line.say(SAID, turn_id)
        assert line.until("turn_completed", turn_id=turn_id).turn_completed.turn.reply
    assert turn_ids(person, session_id) == [turn_id]
    with person.conversation(session_id) as line:
        line.play(clip, str(uuid.uuid4()))
        assert "anxious" in line.until("turn_completed").turn_completed.turn.transcript.lower()


def test_a_killed_session_service_closes_the_line_and_the_turn_can_be_sent_again(platform, person):
    session_id = person.start_session()
    dying = killed_mid_turn(platform, "session", frozen_program="rag")
    with dying as kill, person.conversation(session_id) as line:
        turn_id = line.say(SAID)
        line.until("turn_started", turn_id=turn_id)
        kill()
        code, reason = line.closing()
        assert (code, "try again" in reason) == (1013, True)
    with person.conversation(session_id) as line:
        assert line.answer(SAID, turn_id).turn_completed.turn.reply
        assert line.answer(SAID, turn_id).turn_completed.turn.turn_id == turn_id
    assert turn_ids(person, session_id) == [turn_id]


def test_a_turn_whose_client_has_vanished_is_finished_and_kept(platform, person, eventually):
    session_id = person.start_session()
    with frozen(platform, "rag"), person.conversation(session_id) as line:
        turn_id = line.say(SAID)
        line.until("turn_started", turn_id=turn_id)
        # A reset instead of a farewell, as when a phone loses its network.
        line.socket.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        line.socket.socket.close()
    turns = eventually(lambda: person.turns(session_id), bool)
    assert [(turn["turn_id"], bool(turn["reply"])) for turn in turns] == [(turn_id, True)]


# ---- Stores ----------------------------------------------------------------------------------------------


class Writer(threading.Thread):
    """Writes one thing after the other until told to stop, each until it is acknowledged, under the same id."""

    def __init__(self, person):
        super().__init__(daemon=True)
        self.person = person
        self.acknowledged = []
        self.problems = []
        self.stopping = threading.Event()
        self.error = None

    def run(self):
        try:
            while not self.stopping.is_set():
                written = str(uuid.uuid4())
                while not self.write(written):
                    self.stopping.wait(0.2)
                self.acknowledged.append(written)
        except Exception as error:
            self.error = error

    def refused(self, status, content_type, retry_after):
        self.problems.append((status, content_type, retry_after is not None))
        return False


class Moods(Writer):
    def write(self, key):
        body = {"mood": {"mood_score": 6, "context": key}}
        with httpx.Client(base_url=self.person.client.base_url, timeout=60) as client:
            headers = {"Authorization": f"Bearer {self.person.token}", "Idempotency-Key": key}
            answer = client.post("/api/v1/moods", json=body, headers=headers)
        if answer.is_success:
            return True
        return self.refused(answer.status_code, answer.headers["content-type"], answer.headers.get("retry-after"))


class Turns(Writer):
    def __init__(self, person, session_id):
        super().__init__(person)
        self.session_id = session_id

    def write(self, turn_id):
        try:
            with self.person.conversation(self.session_id) as line:
                end = line.answer("I feel tired.", turn_id)
        except InvalidStatus as refusal:
            headers = refusal.response.headers
            return self.refused(refusal.response.status_code, headers["content-type"], headers.get("retry-after"))
        except ConnectionClosed as closed:
            assert closed.rcvd is not None and closed.rcvd.code == 1013, closed
            return False
        assert end.HasField("turn_completed") or end.turn_failed.retryable, end.turn_failed.reason
        return end.HasField("turn_completed")


def all_moods(person):
    moods, token = [], ""
    while True:
        page = person.client.get("/api/v1/moods", params={"page_size": 100, "page_token": token}).json()
        moods += page.get("moods", [])
        if not (token := page.get("next_page_token", "")):
            return [mood["context"] for mood in moods]


@pytest.mark.parametrize(
    ("store", "number"),
    [("postgres", signal.SIGINT), ("postgres", signal.SIGKILL), ("valkey", signal.SIGTERM), ("valkey", signal.SIGKILL)],
)
def test_what_was_acknowledged_survives_a_store_s_restart_once(platform, person, eventually, store, number):
    session_id = person.start_session()
    writers = moods, turns = Moods(person), Turns(person, session_id)
    for writer in writers:
        writer.start()

    def wait_for_more(count):
        wanted = {writer: len(writer.acknowledged) + count for writer in writers}
        eventually(lambda: all(len(each.acknowledged) >= wanted[each] or each.error for each in writers), bool)
        assert [each.error for each in writers] == [None, None]
        assert all(len(each.acknowledged) >= wanted[each] for each in writers)

    wait_for_more(WRITES)
    with platform.killed_with(store, number):
        pass
    wait_for_more(WRITES)
    for writer in writers:
        writer.stopping.set()
    for writer in writers:
        writer.join()
    assert {each for writer in writers for each in writer.problems} <= {(503, "application/problem+json", True)}
    assert sorted(all_moods(person)) == sorted(moods.acknowledged)
    assert turn_ids(person, session_id) == turns.acknowledged
    trend = eventually(
        lambda: person.client.get("/api/v1/insights/mood-trend").json().get("points", []),
        lambda points: sum(point["entries"] for point in points) >= len(moods.acknowledged),
    )
    assert sum(point["entries"] for point in trend) == len(moods.acknowledged)
