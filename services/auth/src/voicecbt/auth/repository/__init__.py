"""All SQL of the auth service, a class per aggregate, each bound to one transaction."""

from voicecbt.auth.repository.accounts import Accounts, Taken
from voicecbt.auth.repository.audit import AuditTrail
from voicecbt.auth.repository.consents import Consents
from voicecbt.auth.repository.data_keys import DataKeyRows
from voicecbt.auth.repository.signing_keys import SigningKeyRows, StoredSigningKey
from voicecbt.auth.repository.token_families import TokenFamilies

__all__ = [
    "Accounts",
    "AuditTrail",
    "Consents",
    "DataKeyRows",
    "SigningKeyRows",
    "StoredSigningKey",
    "Taken",
    "TokenFamilies",
]
