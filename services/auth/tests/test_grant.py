"""Giving an account a role."""

import jwt
import pytest

from voicecbt.auth.domain import Role
from voicecbt.auth.grant import grant
from voicecbt.kit.errors import NotFound

pytestmark = pytest.mark.integration


def roles_in(token):
    return jwt.decode(token, options={"verify_signature": False})["roles"]


async def test_a_role_comes_with_the_next_token(auth, clock):
    person = await auth.register("Future.Clinician@example.org")
    await grant(auth.database, "future.clinician@EXAMPLE.org", Role.CLINICIAN, clock)
    assert roles_in(person.tokens.access_token) == ["user"]
    fresh = await auth.refresh(person.tokens.refresh_token)
    assert roles_in(fresh.access_token) == ["clinician", "user"]
    await grant(auth.database, person.email, Role.CLINICIAN, clock)
    assert roles_in((await auth.refresh(fresh.refresh_token)).access_token) == ["clinician", "user"]


async def test_it_is_audited(auth, clock):
    person = await auth.register()
    await grant(auth.database, person.email, Role.CLINICIAN, clock)
    about = [event for event in (await auth.audit_events()).events if event.subject == person.profile.user_id]
    assert (about[-1].actor, about[-1].action) == ("grant-command", "role.granted")


async def test_nobody_gets_no_role(auth, clock):
    with pytest.raises(NotFound):
        await grant(auth.database, "nobody@example.org", Role.OPERATOR, clock)
