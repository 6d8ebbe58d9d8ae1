"""Composition root: settings, stores, the other services, the stages of a turn, the server."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from socket import gethostname

from voicecbt.kit.crypto import AuthDataKeys, DataKeys, FieldCipher
from voicecbt.kit.database import Database
from voicecbt.kit.events import EventStream
from voicecbt.kit.outbox import OutboxRelay
from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.session.adapters.auth import GrpcProfiles
from voicecbt.session.adapters.emotion import GrpcEmotionDetector
from voicecbt.session.adapters.journal import GrpcPersonContexts
from voicecbt.session.adapters.rag import GrpcRag
from voicecbt.session.adapters.redis_leases import RedisLeases
from voicecbt.session.adapters.synthesis import GrpcSpeaker
from voicecbt.session.adapters.transcription import GrpcRecogniser
from voicecbt.session.clock import SystemClock
from voicecbt.session.conversation.live import LiveConversations
from voicecbt.session.conversations import Conversations
from voicecbt.session.erasure import Erasure
from voicecbt.session.idle_sessions import IdleSessions
from voicecbt.session.repository.sealing import Sealing
from voicecbt.session.repository.sessions import PostgresSessions
from voicecbt.session.repository.tables import outbox_rows
from voicecbt.session.repository.turns import PostgresTurns
from voicecbt.session.servicer import SessionServicer
from voicecbt.session.sessions import Sessions
from voicecbt.session.settings import Settings
from voicecbt.session.turn.budgets import Budgets
from voicecbt.session.turn.commit import Commit
from voicecbt.session.turn.fallback import fallback_wording
from voicecbt.session.turn.hear import Hear
from voicecbt.session.turn.pipeline import TurnPipeline
from voicecbt.session.turn.reply import ComposeReply
from voicecbt.session.turn.runner import TurnRunner
from voicecbt.session.turn.safety_net import SafetyNet
from voicecbt.session.turn.speak import Speak
from voicecbt.session.turn.understand import Understand
from voicecbt.stubs.auth.v1.auth_pb2_grpc import KeyServiceStub
from voicecbt.stubs.session.v1.session_pb2_grpc import add_SessionServiceServicer_to_server

NAME = "session"
SERVICE = "voicecbt.session.v1.SessionService"


@dataclass(frozen=True, slots=True)
class Stores:
    """Everything that keeps something."""

    database: Database
    sessions: PostgresSessions
    turns: PostgresTurns
    stream: EventStream
    leases: RedisLeases


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
    """Wires the service."""
    clock, keys = SystemClock(), _data_keys(settings, runtime)
    async with _stores(settings, keys) as stores:
        pipeline = _pipeline(settings, runtime, stores.turns)
        async with TurnRunner(pipeline, stores.turns, settings.drain_seconds) as runner:
            conversations = _conversations(settings, runtime, stores, runner, clock)
            sessions = Sessions(stores.sessions, stores.turns, conversations, clock)
            servicer = SessionServicer(sessions, conversations)
            yield Application(
                servicers=[Registration(add_SessionServiceServicer_to_server, servicer, SERVICE)],
                background=[
                    OutboxRelay(stores.database, outbox_rows, stores.stream).run,
                    IdleSessions(stores.sessions, clock, timedelta(minutes=settings.idle_minutes)).run,
                    partial(conversations.live.watch, stores.leases),
                    partial(stores.stream.consume, NAME, gethostname(), Erasure(stores.sessions, keys.forget).handle),
                ],
                ready=stores.database.ping,
            )


@asynccontextmanager
async def _stores(settings: Settings, data_keys: DataKeys) -> AsyncIterator[Stores]:
    redis_url = settings.redis_url.get_secret_value()
    sealing = Sealing(FieldCipher(data_keys))
    async with AsyncExitStack() as resources:
        database = Database.connect(settings, NAME)
        resources.push_async_callback(database.close)
        stream, leases = EventStream(redis_url), RedisLeases(redis_url)
        resources.push_async_callback(stream.close)
        resources.push_async_callback(leases.close)
        sessions, turns = PostgresSessions(database, sealing), PostgresTurns(database, sealing)
        yield Stores(database, sessions, turns, stream, leases)


def _conversations(
    settings: Settings, runtime: Runtime, stores: Stores, runner: TurnRunner, clock: SystemClock
) -> Conversations:
    budgets, channel = Budgets(), runtime.channels.channel
    return Conversations(
        sessions=stores.sessions,
        turns=stores.turns,
        leases=stores.leases,
        profiles=GrpcProfiles(channel(settings.auth_address), budgets),
        recogniser=GrpcRecogniser(channel(settings.transcription_address)),
        runner=runner,
        budgets=budgets,
        clock=clock,
        draining=runtime.draining,
        client_silence=timedelta(seconds=settings.client_silence_seconds),
        live=LiveConversations(settings.conversations_per_person),
    )


def _pipeline(settings: Settings, runtime: Runtime, turns: PostgresTurns) -> TurnPipeline:
    budgets, wording = Budgets(), fallback_wording()
    channel = runtime.channels.channel
    rag = GrpcRag(channel(settings.rag_address), budgets)
    emotions = GrpcEmotionDetector(channel(settings.emotion_address), budgets)
    contexts = GrpcPersonContexts(channel(settings.journal_address), budgets)
    return TurnPipeline(
        hear=Hear(turns, budgets),
        understand=Understand(emotions, rag, rag, contexts, wording, budgets),
        compose_reply=ComposeReply(rag, wording, budgets),
        speak=Speak(GrpcSpeaker(channel(settings.synthesis_address)), budgets),
        commit=Commit(turns, budgets),
        safety_net=SafetyNet(rag, wording, budgets),
    )


def _data_keys(settings: Settings, runtime: Runtime) -> AuthDataKeys:
    return AuthDataKeys(KeyServiceStub(runtime.channels.channel(settings.auth_address)).GetDataKey)


if __name__ == "__main__":
    run_service(NAME, Settings, compose)
