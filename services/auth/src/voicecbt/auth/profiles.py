"""Reading and changing a profile. What identifies a person is sealed with the person's data key."""

from dataclasses import astuple, dataclass, replace
from uuid import UUID
from zoneinfo import available_timezones

from voicecbt.auth.clock import Clock
from voicecbt.auth.data_keys import DataKeyVault, HeldKey
from voicecbt.auth.domain import (
    Account,
    AuditAction,
    AuditRecord,
    PersonalDetails,
    Profile,
    ProfileChange,
    SealedDetails,
    is_past_date,
)
from voicecbt.auth.repository import Accounts, AuditTrail
from voicecbt.kit.crypto import FieldCipher
from voicecbt.kit.database import Database
from voicecbt.kit.errors import InvalidArgument, NotFound

TIMEZONES = available_timezones()  # once, at start: it reads hundreds of files
DETAILS = ("first_name", "last_name", "date_of_birth", "gender")


@dataclass(frozen=True, slots=True)
class Profiles:
    """A person's own view of the account."""

    database: Database
    vault: DataKeyVault
    clock: Clock

    async def of(self, user_id: UUID) -> Profile:
        """The profile. NotFound once erased."""
        async with self.database.transaction() as session:
            account = await Accounts(session).with_id(user_id)
        if account is None:
            raise NotFound("account")
        return await self.opened(account)

    async def opened(self, account: Account) -> Profile:
        """The account with its details decrypted."""
        if account.sealed == SealedDetails():
            return Profile(account, PersonalDetails())
        cipher = await self._cipher(account.id)
        texts = []
        for name in DETAILS:
            blob: bytes | None = getattr(account.sealed, name)
            texts.append(await cipher.decrypt(str(account.id), name, blob) if blob else "")
        return Profile(account, PersonalDetails(*texts))

    async def change(self, user_id: UUID, change: ProfileChange) -> Profile:
        """Replaces what a person can change. InvalidArgument names the field; NotFound once erased."""
        check_timezone("profile.timezone", change.timezone)
        born = change.details.date_of_birth
        if born and not is_past_date(born, self.clock().date()):
            raise InvalidArgument("profile.date_of_birth", "Give a date between 1900-01-01 and today, as YYYY-MM-DD.")
        sealed = await self._sealed(user_id, change.details)
        async with self.database.transaction() as session:
            account = await Accounts(session).lock(user_id)
            if account is None:
                raise NotFound("account")
            changed = replace(
                account,
                timezone=change.timezone,
                country=change.country,
                preferences=change.preferences,
                sealed=sealed,
            )
            await Accounts(session).save(changed, self.clock())
            record = AuditRecord(str(user_id), AuditAction.PROFILE_UPDATED, str(user_id))
            await AuditTrail(session).append(record, self.clock())
        return Profile(changed, change.details)

    async def _sealed(self, user_id: UUID, details: PersonalDetails) -> SealedDetails:
        if details == PersonalDetails():
            return SealedDetails()
        cipher = await self._cipher(user_id)
        texts = zip(DETAILS, astuple(details), strict=True)
        blobs = [await cipher.encrypt(str(user_id), name, text) if text else None for name, text in texts]
        return SealedDetails(*blobs)

    async def _cipher(self, user_id: UUID) -> FieldCipher:
        return FieldCipher(HeldKey(user_id, await self.vault.own_key(user_id)))


def check_timezone(field: str, name: str) -> None:
    """Raises InvalidArgument unless `name` is empty or an IANA time zone."""
    if name and name not in TIMEZONES:
        raise InvalidArgument(field, "Give an IANA time zone such as Europe/Berlin.")
