"""What an account, a consent and an audit event are. Imports nothing of ours."""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID


class Role(StrEnum):
    """What an account may do, as written in the `roles` claim of its access tokens."""

    USER = "user"
    CLINICIAN = "clinician"
    OPERATOR = "operator"


class Patience(StrEnum):
    """How long a pause the companion lets pass before it answers."""

    UNSPECIFIED = ""
    BRISK = "brisk"
    NORMAL = "normal"
    PATIENT = "patient"
    LEARNT = "learnt"


class AuditAction(StrEnum):
    """What auth itself writes in the audit trail; other services bring their own."""

    ACCOUNT_REGISTERED = "account.registered"
    ACCOUNT_ERASED = "account.erased"
    SIGN_IN_SUCCEEDED = "signin.succeeded"
    SIGN_IN_FAILED = "signin.failed"
    SIGNED_OUT = "signout.succeeded"
    REFRESH_REUSED = "refresh.reused"
    PROFILE_UPDATED = "profile.updated"
    CONFIRMATION_FAILED = "confirmation.failed"
    DATA_KEY_READ = "data_key.read"
    CONSENT_GRANTED = "consent.granted"
    CONSENT_REVOKED = "consent.revoked"
    ROLE_GRANTED = "role.granted"


class ConsentScope(StrEnum):
    """A kind of information that a person may open to a clinician."""

    SUMMARIES = "summaries"
    TRENDS = "trends"
    QUESTIONNAIRES = "questionnaires"
    SAFETY_PLAN = "safety_plan"


@dataclass(frozen=True, slots=True)
class Preferences:
    """What a person chose. `language` is a BCP 47 tag; empty values mean the platform's default."""

    language: str = ""
    patience: Patience = Patience.UNSPECIFIED
    emotion_off: bool = False
    voice: str = ""


@dataclass(frozen=True, slots=True)
class PersonalDetails:
    """What identifies a person beyond the email; only ever stored encrypted. `date_of_birth` is ISO 8601."""

    first_name: str = ""
    last_name: str = ""
    date_of_birth: str = ""
    gender: str = ""


@dataclass(frozen=True, slots=True)
class SealedDetails:
    """PersonalDetails under the person's data key; None where the person told nothing."""

    first_name: bytes | None = None
    last_name: bytes | None = None
    date_of_birth: bytes | None = None
    gender: bytes | None = None


@dataclass(frozen=True, slots=True)
class Account:
    """One person's account, personal details still sealed."""

    id: UUID
    email: str
    username: str
    password_hash: str = field(repr=False)
    created_at: datetime
    roles: frozenset[Role] = frozenset({Role.USER})
    timezone: str = ""
    country: str = ""
    preferences: Preferences = Preferences()
    sealed: SealedDetails = SealedDetails()


@dataclass(frozen=True, slots=True)
class Profile:
    """An account as its owner sees it."""

    account: Account
    details: PersonalDetails


@dataclass(frozen=True, slots=True)
class ProfileChange:
    """Everything a person can change about the profile; replaces the whole."""

    details: PersonalDetails
    timezone: str
    country: str
    preferences: Preferences


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a signed-in client holds. Never logged: both strings are credentials."""

    access_token: str = field(repr=False)
    refresh_token: str = field(repr=False)
    access_expires_at: datetime
    refresh_expires_at: datetime


@dataclass(frozen=True, slots=True)
class TokenFamily:
    """All refresh tokens that descend from one sign-in; its id is the `sid` claim."""

    id: UUID
    user_id: UUID
    revoked_at: datetime | None


@dataclass(frozen=True, slots=True)
class RefreshToken:
    """One refresh token as stored: by the SHA-256 of its text, never the text."""

    token_hash: bytes = field(repr=False)
    family_id: UUID
    expires_at: datetime
    used_at: datetime | None


@dataclass(frozen=True, slots=True)
class AuditRecord:
    """What happened: `actor` did `action` (noun.verb) to the data of `subject`, a user id or empty."""

    actor: str
    action: str
    subject: str = ""


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """A record at its place in the chain. `sequence` counts from 1 without gaps."""

    sequence: int
    time: datetime
    record: AuditRecord
    hash: bytes


@dataclass(frozen=True, slots=True)
class Consent:
    """One person's leave for one clinician; over when expired or revoked."""

    id: UUID
    user_id: UUID
    clinician_id: UUID
    scopes: tuple[ConsentScope, ...]
    granted_at: datetime
    expires_at: datetime | None = None
    revoked_at: datetime | None = None


def normal_email(email: str) -> str:
    """The form in which two spellings of one address are equal."""
    return email.strip().lower()


def username_from(email: str) -> str:
    """A user name made of the address's local part, from the characters that user names may have."""
    local, _, _ = email.partition("@")
    kept = "".join(c for c in local if c.isascii() and (c.isalnum() or c in "._-"))
    return kept[:MAX_DERIVED_USERNAME] or "person"


def is_past_date(text: str, today: date) -> bool:
    """Whether `text` is a date (ISO 8601) that exists and lies between 1900 and `today`."""
    try:
        return date(1900, 1, 1) <= date.fromisoformat(text) <= today
    except ValueError:
        return False


MAX_DERIVED_USERNAME = 90  # leaves room in the 100 characters of the column for a suffix that makes it unique
