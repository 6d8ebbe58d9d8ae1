"""All SQL of the auth service, a class per aggregate, each bound to one transaction."""

from .accounts import Accounts, Taken
from .audit import AuditTrail
from .consents import Consents
from .data_keys import DataKeyRows
from .signing_keys import SigningKeyRows, StoredSigningKey
from .token_families import TokenFamilies

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
