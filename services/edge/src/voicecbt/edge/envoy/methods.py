"""Which gRPC methods may be reached from outside: what the protos' `access` options let people or anybody call."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from google.protobuf.descriptor import FileDescriptor, MethodDescriptor

from voicecbt.stubs.auth.v1 import auth_pb2
from voicecbt.stubs.insights.v1 import insights_pb2
from voicecbt.stubs.journal.v1 import journal_pb2
from voicecbt.stubs.options.v1 import options_pb2
from voicecbt.stubs.session.v1 import session_pb2

# The services with an address of their own at Envoy, by cluster.
FILES: Sequence[tuple[str, FileDescriptor]] = (
    ("auth", auth_pb2.DESCRIPTOR),
    ("session", session_pb2.DESCRIPTOR),
    ("journal", journal_pb2.DESCRIPTOR),
    ("insights", insights_pb2.DESCRIPTOR),
)
PEOPLE = frozenset({options_pb2.ROLE_USER, options_pb2.ROLE_CLINICIAN, options_pb2.ROLE_OPERATOR})
GUESSABLE = "AuthService"  # Its public methods take passwords or refresh tokens.


@dataclass(frozen=True, slots=True)
class ExposedMethod:
    """One method that is routed straight to its service."""

    path: str
    cluster: str
    public: bool
    streaming: bool
    # Takes a secret that somebody could try to guess.
    guessable: bool


def exposed_methods() -> Sequence[ExposedMethod]:
    """In the order of the protos. Methods for services only, and those without an option, are not among them."""
    return [method for cluster, file in FILES for method in _of_file(cluster, file)]


def _of_file(cluster: str, file: FileDescriptor) -> Iterable[ExposedMethod]:
    for service in file.services_by_name.values():
        for method in service.methods:
            access = method.GetOptions().Extensions[options_pb2.access]
            if access.public or PEOPLE.intersection(access.roles):
                yield _exposed(cluster, method, public=access.public)


def _exposed(cluster: str, method: MethodDescriptor, *, public: bool) -> ExposedMethod:
    service = method.containing_service
    return ExposedMethod(
        path=f"/{service.full_name}/{method.name}",
        cluster=cluster,
        public=public,
        streaming=method.client_streaming or method.server_streaming,
        guessable=public and service.name == GUESSABLE,
    )
