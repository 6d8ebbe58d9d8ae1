"""Creating an account."""

import secrets
import uuid
from dataclasses import dataclass, field

from voicecbt.auth.clock import Clock
from voicecbt.auth.domain import (
    Account,
    AuditAction,
    AuditRecord,
    PersonalDetails,
    Profile,
    TokenPair,
    normal_email,
    username_from,
)
from voicecbt.auth.password_hashing import PasswordHashing
from voicecbt.auth.password_policy import weakness
from voicecbt.auth.profiles import check_timezone
from voicecbt.auth.repository import Accounts, AuditTrail, Taken
from voicecbt.auth.throttle import SignInThrottle
from voicecbt.auth.tokens import TokenMint
from voicecbt.kit.database import Database
from voicecbt.kit.errors import AlreadyExists, InvalidArgument

USERNAME_TRIES = 3  # a derived name gets a random suffix; two collisions in a row will not be seen
SUFFIX_BYTES = 3


@dataclass(frozen=True, slots=True)
class Applicant:
    """What somebody registers with. An empty `username` is derived from the email."""

    email: str
    password: str = field(repr=False)
    username: str = ""
    timezone: str = ""
    country: str = ""


@dataclass(frozen=True, slots=True)
class SignedIn:
    """A profile and the tokens to act for it."""

    profile: Profile
    tokens: TokenPair


@dataclass(frozen=True, slots=True)
class Registration:
    """Creates accounts and signs them in."""

    database: Database
    hashing: PasswordHashing
    mint: TokenMint
    throttle: SignInThrottle
    clock: Clock

    async def register(self, applicant: Applicant, peer: str) -> SignedIn:
        """Creates the account.

        Raises InvalidArgument for a weak password or unknown time zone, AlreadyExists for an email or user name
        that is taken in any case, and ResourceExhausted when `peer` has been refused too often.
        """
        check_timezone("timezone", applicant.timezone)
        if reason := weakness(applicant.password, applicant.email, applicant.username):
            raise InvalidArgument("password", reason)
        async with self.throttle.registration(peer):
            return await self._registered(applicant)

    async def _registered(self, applicant: Applicant) -> SignedIn:
        async with self.database.transaction() as session:
            if await Accounts(session).with_email(normal_email(applicant.email)):
                raise _email_taken()
        password_hash = await self.hashing.hash(applicant.password)
        for _ in range(USERNAME_TRIES):
            username = applicant.username or await self._free_username(applicant.email)
            try:
                return await self._created(applicant, username, password_hash)
            except Taken as taken:
                if taken.field == "email":
                    raise _email_taken() from None
                if applicant.username:
                    break
        raise AlreadyExists("username", "This user name is taken.")

    async def _created(self, applicant: Applicant, username: str, password_hash: str) -> SignedIn:
        now = self.clock()
        account = Account(
            id=uuid.uuid4(),
            email=applicant.email.strip(),
            username=username,
            password_hash=password_hash,
            created_at=now,
            timezone=applicant.timezone,
            country=applicant.country,
        )
        async with self.database.transaction() as session:
            await Accounts(session).add(account)
            tokens = await self.mint.start_family(session, account)
            record = AuditRecord(str(account.id), AuditAction.ACCOUNT_REGISTERED, str(account.id))
            await AuditTrail(session).append(record, now)
        return SignedIn(Profile(account, PersonalDetails()), tokens)

    async def _free_username(self, email: str) -> str:
        name = username_from(email)
        async with self.database.transaction() as session:
            taken = await Accounts(session).username_taken(name)
        return f"{name}-{secrets.token_hex(SUFFIX_BYTES)}" if taken else name


def _email_taken() -> AlreadyExists:
    return AlreadyExists("email", "There is an account with this email already.")
