"""SQL of accounts. Every statement but `add` sees active accounts only: an erased one is nobody's."""

from collections.abc import Mapping
from datetime import datetime
from uuid import UUID

from sqlalchemy import RowMapping, func, insert, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from voicecbt.auth.domain import Account, Patience, Preferences, Role, SealedDetails
from voicecbt.auth.tables import users

UNIQUE = {"uq_users_email_lower": "email", "uq_users_username_lower": "username"}


class Taken(Exception):
    """Somebody has the value of `field` already."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Accounts:
    """Reads and writes accounts inside one transaction."""

    def __init__(self, session: AsyncSession) -> None:
        self._session = session

    async def add(self, account: Account) -> None:
        """Inserts. Raises Taken if somebody has the email or user name, in any case; then nothing else can follow."""
        try:
            await self._session.execute(insert(users).values(**_columns(account), is_active=True))
        except IntegrityError as error:
            # By the constraint's name: the message also holds the values, which could be any text.
            violated = getattr(error.orig.__cause__, "constraint_name", "") if error.orig else ""
            if violated not in UNIQUE:
                raise
            raise Taken(UNIQUE[violated]) from None

    async def with_email(self, email: str) -> Account | None:
        """The account with that address, whatever its case."""
        return await self._one(func.lower(users.c.email) == email.lower())

    async def with_id(self, user_id: UUID) -> Account | None:
        """The account with that id."""
        return await self._one(users.c.id == user_id)

    async def username_taken(self, username: str) -> bool:
        """Whether somebody has that user name, whatever its case."""
        return await self._one(func.lower(users.c.username) == username.lower()) is not None

    async def lock(self, user_id: UUID, *, share: bool = False) -> Account | None:
        """The account, kept from being changed by others (and, unless `share`, locked) to the transaction's end."""
        return await self._one(users.c.id == user_id, lock="share" if share else "update")

    async def save(self, account: Account, now: datetime) -> bool:
        """Writes all but the email, user name and last sign-in. False if the account is gone."""
        values = _columns(account)
        for fixed in ("id", "email", "username", "created_at", "updated_at"):
            values.pop(fixed)
        return await self._change(account.id, {**values, "updated_at": now})

    async def signed_in(self, user_id: UUID, now: datetime) -> bool:
        """Notes the time of a sign-in. False if the account is gone."""
        return await self._change(user_id, {"last_login": now})

    async def rehashed(self, user_id: UUID, before: str, after: str) -> None:
        """Replaces a password hash, unless somebody else already did."""
        statement = update(users).where(users.c.id == user_id, users.c.password_hash == before, users.c.is_active)
        await self._session.execute(statement.values(password_hash=after))

    async def anonymise(self, user_id: UUID, now: datetime) -> None:
        """Leaves only an id and dates. The address and user name become free again.

        What stands in their place has a colon, so that nobody can have registered it before.
        """
        empty = SealedDetails()
        await self._change(
            user_id,
            {
                "email": f"erased:{user_id}",
                "username": f"erased:{user_id}",
                "password_hash": "",
                "timezone": "",
                "country": "",
                "roles": [],
                "preferences": {},
                "last_login": None,
                "updated_at": now,
                "is_active": False,
                **_sealed(empty),
            },
        )

    async def _one(self, condition: object, lock: str = "") -> Account | None:
        statement = select(users).where(condition, users.c.is_active)  # type: ignore[arg-type]
        if lock:
            statement = statement.with_for_update(read=lock == "share")
        row = (await self._session.execute(statement)).mappings().one_or_none()
        return _account(row) if row else None

    async def _change(self, user_id: UUID, values: Mapping[str, object]) -> bool:
        statement = update(users).where(users.c.id == user_id, users.c.is_active).values(**values)
        changed = await self._session.execute(statement.returning(users.c.id))
        return changed.one_or_none() is not None


def _account(row: RowMapping) -> Account:
    chosen = row["preferences"]
    return Account(
        id=row["id"],
        email=row["email"],
        username=row["username"],
        password_hash=row["password_hash"],
        created_at=row["created_at"],
        roles=frozenset(Role(role) for role in row["roles"]),
        timezone=row["timezone"],
        country=row["country"],
        preferences=Preferences(
            language=chosen.get("language", ""),
            patience=Patience(chosen.get("patience", "")),
            emotion_off=chosen.get("emotion_off", False),
            voice=chosen.get("voice", ""),
        ),
        sealed=SealedDetails(row["first_name"], row["last_name"], row["date_of_birth"], row["gender"]),
    )


def _columns(account: Account) -> dict[str, object]:
    chosen = account.preferences
    return {
        "id": account.id,
        "email": account.email,
        "username": account.username,
        "password_hash": account.password_hash,
        "created_at": account.created_at,
        "updated_at": account.created_at,
        "roles": sorted(account.roles),
        "timezone": account.timezone,
        "country": account.country,
        "preferences": {
            "language": chosen.language,
            "patience": chosen.patience.value,
            "emotion_off": chosen.emotion_off,
            "voice": chosen.voice,
        },
        **_sealed(account.sealed),
    }


def _sealed(sealed: SealedDetails) -> dict[str, bytes | None]:
    return {
        "first_name": sealed.first_name,
        "last_name": sealed.last_name,
        "date_of_birth": sealed.date_of_birth,
        "gender": sealed.gender,
    }
