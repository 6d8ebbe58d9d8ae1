"""Composition root of the auth service: `python -m voicecbt.auth`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from voicecbt.auth import registration, tables
from voicecbt.auth.audit import Audit
from voicecbt.auth.clock import Clock, utc_now
from voicecbt.auth.consenting import Consenting
from voicecbt.auth.data_keys import DataKeyVault
from voicecbt.auth.erasure import Erasure
from voicecbt.auth.key_encryption import KeyEncryption, decode_key
from voicecbt.auth.password_hashing import PasswordHashing
from voicecbt.auth.peers import networks
from voicecbt.auth.profiles import Profiles
from voicecbt.auth.refreshing import Refreshing
from voicecbt.auth.servicer import AuthServicer
from voicecbt.auth.settings import Settings
from voicecbt.auth.sign_in import SignIn
from voicecbt.auth.signing_keys import SigningKeyRing
from voicecbt.auth.throttle import SignInThrottle
from voicecbt.auth.tokens import TokenMint
from voicecbt.auth.trust_servicers import AuditServicer, ConsentServicer, KeyServicer
from voicecbt.auth.upkeep import Upkeep
from voicecbt.auth.windows import LocalWindows, RedisWindows
from voicecbt.kit.database import Database
from voicecbt.kit.events import EventStream
from voicecbt.kit.outbox import Outbox, OutboxRelay
from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.stubs.auth.v1 import auth_pb2_grpc as rpc

PROTO = "voicecbt.auth.v1"


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime, clock: Clock = utc_now) -> AsyncIterator[Application]:
    """Everything wired; released in reverse order at the end. Needs the database, and makes the first signing key."""
    async with AsyncExitStack() as stack:
        database = Database.connect(settings, runtime.name)
        stack.push_async_callback(database.close)
        stream = EventStream(settings.redis_url.get_secret_value())
        stack.push_async_callback(stream.close)
        windows = RedisWindows(settings.redis_url.get_secret_value())
        stack.push_async_callback(windows.close)
        hashing = PasswordHashing(settings.argon2_cost(), settings.argon2_workers, settings.argon2_max_waiting)
        stack.callback(hashing.close)
        encryption = KeyEncryption(decode_key(settings.key_encryption_key.get_secret_value()))
        ring = SigningKeyRing(database, encryption, settings.rotation_policy(), clock)
        await ring.refresh()
        vault = DataKeyVault(database, encryption, clock)
        hash_key = encryption.subkey("sign-in throttle")
        throttle = SignInThrottle(windows, LocalWindows(), settings.throttle_policy(), hash_key, clock)
        accounts = _account_servicer(settings, database, hashing, ring, vault, throttle, clock)
        yield Application(
            servicers=_registrations(accounts, KeyServicer(ring, vault), database, clock),
            background=[ring.run, Upkeep(database, clock).run, OutboxRelay(database, tables.outbox, stream).run],
            ready=database.ping,
            signing_keys=ring,
        )


def _account_servicer(
    settings: Settings,
    database: Database,
    hashing: PasswordHashing,
    ring: SigningKeyRing,
    vault: DataKeyVault,
    throttle: SignInThrottle,
    clock: Clock,
) -> AuthServicer:
    mint = TokenMint(ring, settings.token_policy(), clock)
    profiles = Profiles(database, vault, clock)
    sign_in = SignIn(database, hashing, mint, throttle, profiles, clock)
    return AuthServicer(
        registration=registration.Registration(database, hashing, mint, throttle, clock),
        sign_in=sign_in,
        refreshing=Refreshing(database, mint, clock),
        profiles=profiles,
        erasure=Erasure(database, sign_in, Outbox(tables.outbox), clock),
        trusted_proxies=networks(settings.trusted_proxies),
    )


def _registrations(accounts: AuthServicer, keys: KeyServicer, database: Database, clock: Clock) -> list[Registration]:
    consents = ConsentServicer(Consenting(database, clock))
    audit = AuditServicer(Audit(database, clock))
    return [
        Registration(rpc.add_AuthServiceServicer_to_server, accounts, f"{PROTO}.AuthService"),
        Registration(rpc.add_KeyServiceServicer_to_server, keys, f"{PROTO}.KeyService"),
        Registration(rpc.add_ConsentServiceServicer_to_server, consents, f"{PROTO}.ConsentService"),
        Registration(rpc.add_AuditServiceServicer_to_server, audit, f"{PROTO}.AuditService"),
    ]


if __name__ == "__main__":
    run_service("auth", Settings, compose)
