"""gRPC to use cases and back, for what other parts of the platform trust: keys, consents and the audit trail."""
# ruff: noqa: N802 - methods are named as the RPCs are

from dataclasses import dataclass
from uuid import UUID

from voicecbt.auth.audit import Audit
from voicecbt.auth.consenting import Consenting
from voicecbt.auth.converters import audit_message, consent_message, consent_scopes, moment
from voicecbt.auth.data_keys import DataKeyVault
from voicecbt.auth.domain import AuditRecord
from voicecbt.auth.servicer import Context
from voicecbt.auth.signing_keys import SigningKeyRing
from voicecbt.kit.callers import current_caller, current_person
from voicecbt.kit.errors import PermissionDenied
from voicecbt.stubs.auth.v1 import auth_pb2, auth_pb2_grpc


@dataclass(frozen=True, slots=True)
class KeyServicer(auth_pb2_grpc.KeyServiceServicer):
    """voicecbt.auth.v1.KeyService."""

    ring: SigningKeyRing
    vault: DataKeyVault

    async def GetSigningKeys(
        self, request: auth_pb2.GetSigningKeysRequest, context: Context
    ) -> auth_pb2.GetSigningKeysResponse:
        """The public keys that verify access tokens."""
        return auth_pb2.GetSigningKeysResponse(jwks_json=self.ring.jwks())

    async def GetDataKey(self, request: auth_pb2.GetDataKeyRequest, context: Context) -> auth_pb2.GetDataKeyResponse:
        """A person's data key, for a service that acts for them, or for nobody: it reacts to an event then."""
        caller = current_caller()
        if caller.user_id not in ("", request.user_id):
            raise PermissionDenied("this service acts for somebody else")
        released = await self.vault.release(UUID(request.user_id), caller.service)
        return auth_pb2.GetDataKeyResponse(key=released.key, version=released.version)


@dataclass(frozen=True, slots=True)
class ConsentServicer(auth_pb2_grpc.ConsentServiceServicer):
    """voicecbt.auth.v1.ConsentService."""

    consenting: Consenting

    async def GrantConsent(
        self, request: auth_pb2.GrantConsentRequest, context: Context
    ) -> auth_pb2.GrantConsentResponse:
        """Opens some of the caller's information to a clinician."""
        scopes = consent_scopes(request.scopes)
        expires_at = moment(request.expires_at) if request.HasField("expires_at") else None
        consent = await self.consenting.grant(current_person(), request.clinician_email, scopes, expires_at)
        return auth_pb2.GrantConsentResponse(consent=consent_message(consent))

    async def RevokeConsent(
        self, request: auth_pb2.RevokeConsentRequest, context: Context
    ) -> auth_pb2.RevokeConsentResponse:
        """Closes it again."""
        await self.consenting.revoke(current_person(), UUID(request.consent_id))
        return auth_pb2.RevokeConsentResponse()

    async def ListConsents(
        self, request: auth_pb2.ListConsentsRequest, context: Context
    ) -> auth_pb2.ListConsentsResponse:
        """What the caller gave and was given."""
        seen = await self.consenting.seen_by(current_person())
        return auth_pb2.ListConsentsResponse(consents=[consent_message(consent) for consent in seen])


@dataclass(frozen=True, slots=True)
class AuditServicer(auth_pb2_grpc.AuditServiceServicer):
    """voicecbt.auth.v1.AuditService."""

    audit: Audit

    async def RecordAuditEvent(
        self, request: auth_pb2.RecordAuditEventRequest, context: Context
    ) -> auth_pb2.RecordAuditEventResponse:
        """Appends to the trail. An event without an actor is the calling service's own."""
        event = request.event
        record = AuditRecord(event.actor or current_caller().service, event.action, event.subject)
        return auth_pb2.RecordAuditEventResponse(sequence=(await self.audit.record(record)).sequence)

    async def ListAuditEvents(
        self, request: auth_pb2.ListAuditEventsRequest, context: Context
    ) -> auth_pb2.ListAuditEventsResponse:
        """A page of the trail."""
        page = await self.audit.page(request.after_sequence, request.page_size)
        entries = [audit_message(entry) for entry in page.entries]
        return auth_pb2.ListAuditEventsResponse(events=entries, chain_intact=page.chain_intact)
