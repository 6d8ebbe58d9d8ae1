"""Gives an account a role: `python -m voicecbt.auth.grant EMAIL clinician`. For operators, on the service's machine.

No RPC does this: whoever can reach the database and the key-encryption key may, and nobody else.
"""

import argparse
import asyncio
import sys
from dataclasses import replace

from voicecbt.auth.clock import Clock, utc_now
from voicecbt.auth.domain import AuditAction, AuditRecord, Role, normal_email
from voicecbt.auth.repository import Accounts, AuditTrail
from voicecbt.auth.settings import Settings
from voicecbt.kit.database import Database
from voicecbt.kit.errors import NotFound, PlatformError

COMMAND_ACTOR = "grant-command"


async def grant(database: Database, email: str, role: Role, clock: Clock) -> None:
    """Adds the role; access tokens carry it from the next refresh on. NotFound if nobody has that email."""
    async with database.transaction() as session:
        accounts = Accounts(session)
        found = await accounts.with_email(normal_email(email))
        account = await accounts.lock(found.id) if found else None
        if account is None:
            raise NotFound("account")
        await accounts.save(replace(account, roles=account.roles | {role}), clock())
        record = AuditRecord(COMMAND_ACTOR, AuditAction.ROLE_GRANTED, str(account.id))
        await AuditTrail(session).append(record, clock())


async def _grant_from_environment(email: str, role: Role) -> None:
    database = Database.connect(Settings(), "auth-grant")
    try:
        await grant(database, email, role, utc_now)
    finally:
        await database.close()


def main() -> None:
    """The command. Exits with 1 and a sentence when it cannot be done."""
    parser = argparse.ArgumentParser(prog="voicecbt.auth.grant", description=__doc__)
    parser.add_argument("email")
    parser.add_argument("role", type=Role, choices=list(Role))
    arguments = parser.parse_args()
    try:
        asyncio.run(_grant_from_environment(arguments.email, arguments.role))
    except PlatformError as error:
        sys.exit(error.message)


if __name__ == "__main__":
    main()
