"""The contract's own rules: every RPC says who may call it, and what people say is marked."""

import importlib
import pkgutil

import pytest
from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

import voicecbt.stubs
from voicecbt.kit.boundary.access import access_of
from voicecbt.kit.redaction import REDACTED, is_sensitive, redacted
from voicecbt.stubs.journal.v1 import journal_pb2
from voicecbt.stubs.session.v1 import session_pb2

pytestmark = pytest.mark.unit

# Field names that always hold what somebody said, or a secret.
TELLING_NAMES = {"transcript", "notes", "password", "refresh_token", "access_token", "reply", "audio", "query"}


def proto_files() -> list[FileDescriptor]:
    modules = pkgutil.walk_packages(voicecbt.stubs.__path__, "voicecbt.stubs.")
    names = [module.name for module in modules if module.name.endswith("_pb2") and ".buf." not in module.name]
    return [importlib.import_module(name).DESCRIPTOR for name in names]


def methods() -> list[MethodDescriptor]:
    services = [service for file in proto_files() for service in file.services_by_name.values()]
    return [method for service in services for method in service.methods]


@pytest.mark.parametrize("method", methods(), ids=lambda method: method.full_name)
def test_every_rpc_says_who_may_call_it(method):
    service, _, name = method.full_name.rpartition(".")
    access = access_of(f"/{service}/{name}")
    assert access.public != bool(access.roles)


def test_a_method_without_the_option_lets_nobody_in():
    access = access_of("/voicecbt.unknown.v1.UnknownService/Do")
    assert not access.public and not access.roles


def test_fields_with_telling_names_are_marked_as_sensitive():
    messages = [message for file in proto_files() for message in file.message_types_by_name.values()]
    fields = [field for message in messages for field in message.fields]
    telling = [field for field in fields if field.name in TELLING_NAMES and field.type not in (11, 14)]
    unmarked = [field.full_name for field in telling if not is_sensitive(field)]
    assert len(telling) > 10
    assert unmarked == []


def test_redaction_keeps_structure_and_drops_content():
    mood = journal_pb2.Mood(mood_id="m", mood_score=3, notes="secret words", emotions={"joy": 0.5})
    assert redacted(journal_pb2.RecordMoodRequest(idempotency_key="k", mood=mood)) == {
        "idempotency_key": "k",
        "mood": {"mood_id": "m", "mood_score": REDACTED, "notes": REDACTED, "emotions": REDACTED},
    }


def test_redaction_reaches_into_the_conversation():
    frame = session_pb2.ConverseRequest(audio=session_pb2.AudioFrame(sequence=4, data=b"\0\0"))
    assert redacted(frame) == {"audio": {"sequence": 4, "data": REDACTED}}
