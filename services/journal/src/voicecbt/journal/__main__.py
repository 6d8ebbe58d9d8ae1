"""Composition root of the journal: `python -m voicecbt.journal`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from voicecbt.journal import tables
from voicecbt.journal.erasure import ErasureFollower
from voicecbt.journal.moods import Moods
from voicecbt.journal.sealing import Sealing
from voicecbt.journal.servicer import JournalServicer
from voicecbt.journal.settings import Settings
from voicecbt.kit.crypto import AuthDataKeys, FieldCipher
from voicecbt.kit.database import Database
from voicecbt.kit.events import EventStream
from voicecbt.kit.outbox import Outbox, OutboxRelay
from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.stubs.auth.v1 import auth_pb2_grpc
from voicecbt.stubs.journal.v1 import journal_pb2_grpc

SERVICE = "voicecbt.journal.v1.JournalService"


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
    """Everything wired; released in reverse order at the end."""
    async with AsyncExitStack() as stack:
        database = Database.connect(settings, runtime.name)
        stack.push_async_callback(database.close)
        stream = EventStream(settings.redis_url.get_secret_value())
        stack.push_async_callback(stream.close)
        auth = auth_pb2_grpc.KeyServiceStub(runtime.channels.channel(settings.auth_address))
        sealing = Sealing(FieldCipher(AuthDataKeys(auth.GetDataKey)))
        moods = Moods(database, sealing, Outbox(tables.outbox))
        servicer = JournalServicer(moods)
        yield Application(
            servicers=[Registration(journal_pb2_grpc.add_JournalServiceServicer_to_server, servicer, SERVICE)],
            background=[OutboxRelay(database, tables.outbox, stream).run, ErasureFollower(moods, stream).run],
            ready=database.ping,
        )


if __name__ == "__main__":
    run_service("journal", Settings, compose)
