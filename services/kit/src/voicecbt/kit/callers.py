"""Who is calling: set once by the authentication guard, readable anywhere below it."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from uuid import UUID

from voicecbt.kit.errors import PermissionDenied, Unauthenticated
from voicecbt.stubs.options.v1 import options_pb2

Role = options_pb2.Role


@dataclass(frozen=True, slots=True)
class Caller:
    """A verified caller.

    `user_id` is the person, also when a service acts for them; empty when there is none. `service` names the calling
    service and is empty for people. `roles` are `voicecbt.options.v1.Role` numbers. `token` is the person's own access
    token, kept so that the edge can pass it on; it never appears in `repr`.
    """

    user_id: str = ""
    roles: frozenset[int] = frozenset()
    service: str = ""
    token: str = field(default="", repr=False)

    @property
    def anonymous(self) -> bool:
        """True for a caller without any verified token."""
        return not self.user_id and not self.service


ANONYMOUS = Caller()

_current: ContextVar[Caller] = ContextVar("voicecbt_caller", default=ANONYMOUS)


def current_caller() -> Caller:
    """The caller of the RPC being served, or the anonymous one outside any."""
    return _current.get()


def current_person() -> UUID:
    """The person who calls, or for whom a service does.

    Raises PermissionDenied for a service acting for nobody, and Unauthenticated for a token that names no person.
    """
    caller = current_caller()
    if caller.service and not caller.user_id:
        raise PermissionDenied("this needs a person to act for")
    try:
        return UUID(caller.user_id)
    except ValueError:
        raise Unauthenticated("TOKEN_INVALID", "the access token names no person; sign in again") from None


@contextmanager
def acting_as(caller: Caller) -> Iterator[None]:
    """Makes `caller` the current one inside the block, and for tasks started in it."""
    before = _current.get()
    _current.set(caller)
    try:
        yield
    finally:
        # Not `reset`: a stream whose client is gone is closed from another context, where the token is not valid.
        _current.set(before)
