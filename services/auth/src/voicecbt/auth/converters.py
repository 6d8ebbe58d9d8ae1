"""Between the contract's messages and the domain, both ways."""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from google.protobuf.timestamp_pb2 import Timestamp

from voicecbt.auth.domain import (
    AuditEntry,
    Consent,
    ConsentScope,
    Patience,
    PersonalDetails,
    Preferences,
    Profile,
    ProfileChange,
    TokenPair,
)
from voicecbt.kit.errors import InvalidArgument
from voicecbt.stubs.auth.v1 import auth_pb2

_PATIENCE: Mapping[Patience, auth_pb2.Patience.ValueType] = {
    Patience.UNSPECIFIED: auth_pb2.PATIENCE_UNSPECIFIED,
    Patience.BRISK: auth_pb2.PATIENCE_BRISK,
    Patience.NORMAL: auth_pb2.PATIENCE_NORMAL,
    Patience.PATIENT: auth_pb2.PATIENCE_PATIENT,
    Patience.LEARNT: auth_pb2.PATIENCE_LEARNT,
}
_PATIENCE_OF = {number: patience for patience, number in _PATIENCE.items()}

_SCOPE: Mapping[ConsentScope, auth_pb2.ConsentScope.ValueType] = {
    ConsentScope.SUMMARIES: auth_pb2.CONSENT_SCOPE_SUMMARIES,
    ConsentScope.TRENDS: auth_pb2.CONSENT_SCOPE_TRENDS,
    ConsentScope.QUESTIONNAIRES: auth_pb2.CONSENT_SCOPE_QUESTIONNAIRES,
    ConsentScope.SAFETY_PLAN: auth_pb2.CONSENT_SCOPE_SAFETY_PLAN,
}
_SCOPE_OF: Mapping[int, ConsentScope] = {number: scope for scope, number in _SCOPE.items()}


def profile_message(profile: Profile) -> auth_pb2.Profile:
    """The profile for its owner."""
    account, details = profile.account, profile.details
    return auth_pb2.Profile(
        user_id=str(account.id),
        email=account.email,
        username=account.username,
        first_name=details.first_name,
        last_name=details.last_name,
        date_of_birth=details.date_of_birth,
        gender=details.gender,
        timezone=account.timezone,
        country=account.country,
        preferences=_preferences_message(account.preferences),
        created_at=timestamp(account.created_at),
    )


def masked(request: auth_pb2.UpdateProfileRequest, current: auth_pb2.Profile) -> auth_pb2.Profile:
    """The profile as it should become: `current` with what the update mask names taken from the request.

    Raises InvalidArgument for a path that a profile does not have.
    """
    if not request.update_mask.paths:
        return request.profile
    if not request.update_mask.IsValidForDescriptor(auth_pb2.Profile.DESCRIPTOR):
        raise InvalidArgument("update_mask", "names a field that a profile does not have")
    merged = auth_pb2.Profile()
    merged.CopyFrom(current)
    request.update_mask.MergeMessage(request.profile, merged, replace_message_field=True)
    return merged


def profile_change(message: auth_pb2.Profile) -> ProfileChange:
    """What the contract lets a person change; the rest of the message is ignored."""
    chosen = message.preferences
    return ProfileChange(
        details=PersonalDetails(message.first_name, message.last_name, message.date_of_birth, message.gender),
        timezone=message.timezone,
        country=message.country,
        preferences=Preferences(chosen.language, _PATIENCE_OF[chosen.patience], chosen.emotion_off, chosen.voice),
    )


def tokens_message(tokens: TokenPair) -> auth_pb2.Tokens:
    """The pair for the client."""
    return auth_pb2.Tokens(
        access_token=tokens.access_token,
        refresh_token=tokens.refresh_token,
        access_expires_at=timestamp(tokens.access_expires_at),
        refresh_expires_at=timestamp(tokens.refresh_expires_at),
    )


def consent_message(consent: Consent) -> auth_pb2.Consent:
    """A consent, for the person and the clinician alike."""
    return auth_pb2.Consent(
        consent_id=str(consent.id),
        user_id=str(consent.user_id),
        clinician_id=str(consent.clinician_id),
        scopes=[_SCOPE[scope] for scope in consent.scopes],
        granted_at=timestamp(consent.granted_at),
        expires_at=timestamp(consent.expires_at),
        revoked_at=timestamp(consent.revoked_at),
    )


def consent_scopes(numbers: Sequence[int]) -> list[ConsentScope]:
    """The scopes of a request. InvalidArgument for one that there is not."""
    try:
        return [_SCOPE_OF[number] for number in numbers]
    except KeyError:
        raise InvalidArgument("scopes", "Name the scopes that the clinician may see.") from None


def audit_message(entry: AuditEntry) -> auth_pb2.AuditEvent:
    """An entry of the trail."""
    return auth_pb2.AuditEvent(
        sequence=entry.sequence,
        time=timestamp(entry.time),
        actor=entry.record.actor,
        action=entry.record.action,
        subject=entry.record.subject,
        hash=entry.hash,
    )


def timestamp(moment: datetime | None) -> Timestamp | None:
    """The moment, or None to leave a field unset."""
    if moment is None:
        return None
    message = Timestamp()
    message.FromDatetime(moment)
    return message


def moment(message: Timestamp) -> datetime:
    """With time zone."""
    return message.ToDatetime(tzinfo=UTC)


def _preferences_message(chosen: Preferences) -> auth_pb2.Preferences:
    return auth_pb2.Preferences(
        language=chosen.language,
        patience=_PATIENCE[chosen.patience],
        emotion_off=chosen.emotion_off,
        voice=chosen.voice,
    )
