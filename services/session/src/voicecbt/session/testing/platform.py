"""A whole session service in memory, and a client for it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from uuid import UUID, uuid4

from voicecbt.session.clock import Clock
from voicecbt.session.conversation.live import LiveConversations
from voicecbt.session.conversation.outgoing import Outgoing
from voicecbt.session.conversations import Conversations
from voicecbt.session.domain import NewSession, Session, SessionType
from voicecbt.session.testing.ports import FakePorts
from voicecbt.session.testing.stores import MemoryLeases, MemorySessions, MemoryStore, MemoryTurns
from voicecbt.session.testing.virtual_time import LoopClock
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
from voicecbt.stubs.session.v1 import session_pb2 as pb


@dataclass(slots=True)
class Platform:
    """Everything in one process, with knobs on every port."""

    ports: FakePorts = field(default_factory=FakePorts)
    store: MemoryStore = field(default_factory=MemoryStore)
    budgets: Budgets = field(default_factory=Budgets)
    clock: Clock = field(default_factory=LoopClock)
    leases: MemoryLeases = field(default_factory=MemoryLeases)
    draining: asyncio.Event = field(default_factory=asyncio.Event)
    client_silence: timedelta = timedelta(minutes=15)
    conversations_per_person: int = 5
    user_id: UUID = field(default_factory=uuid4)
    turns: MemoryTurns = field(init=False)
    sessions: MemorySessions = field(init=False)
    conversations: Conversations = field(init=False)

    def __post_init__(self) -> None:
        self.turns = MemoryTurns(self.store)
        self.sessions = MemorySessions(self.store)
        self.conversations = self.replica()

    def replica(self) -> Conversations:
        """A further process over the same stores."""
        return Conversations(
            sessions=self.sessions,
            turns=self.turns,
            leases=self.leases,
            profiles=self.ports.profiles,
            recogniser=self.ports.recogniser,
            runner=TurnRunner(self.pipeline(), self.turns, drain_seconds=10),
            budgets=self.budgets,
            clock=self.clock,
            draining=self.draining,
            client_silence=self.client_silence,
            live=LiveConversations(self.conversations_per_person),
        )

    def pipeline(self) -> TurnPipeline:
        """The stages over the fakes."""
        ports, budgets, wording = self.ports, self.budgets, fallback_wording()
        return TurnPipeline(
            hear=Hear(self.turns, budgets),
            understand=Understand(ports.emotions, ports.risks, ports.retriever, ports.contexts, wording, budgets),
            compose_reply=ComposeReply(ports.responder, wording, budgets),
            speak=Speak(ports.speaker, budgets),
            commit=Commit(self.turns, budgets),
            safety_net=SafetyNet(ports.risks, wording, budgets),
        )

    async def start(self) -> Session:
        """A session of the one person there is."""
        new = NewSession(uuid4().hex, SessionType.VOICE)
        return (await self.sessions.start(self.user_id, new, self.clock.now())).session

    @asynccontextmanager
    async def talking(
        self, session: Session, opening: pb.Open | None = None, on: Conversations | None = None
    ) -> AsyncIterator["Client"]:
        """A client that has sent `open`. Leaving the block is a client that vanishes, unless it hung up before."""
        client = Client()
        opening = opening or pb.Open()
        opening.session_id = str(session.session_id)
        await client.send(open=opening)
        conversation = asyncio.create_task(
            (on or self.conversations).converse(self.user_id, client.requests(), client.outgoing)
        )
        client.ending = conversation
        receiving = client.receiving = asyncio.create_task(client.receive())
        try:
            yield client
        finally:
            client.outgoing.close()
            conversation.cancel()
            receiving.cancel()
            await asyncio.gather(conversation, receiving, return_exceptions=True)


@dataclass(slots=True)
class Client:
    """What a person's client does, and what it got."""

    outgoing: Outgoing = field(default_factory=Outgoing)
    events: list[pb.ConverseResponse] = field(default_factory=list)
    ending: "asyncio.Task[None] | None" = None
    receiving: "asyncio.Task[None] | None" = None
    _sent: asyncio.Queue[pb.ConverseRequest | None] = field(default_factory=lambda: asyncio.Queue(1000))
    _changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _frames: int = 0

    async def send(
        self,
        *,
        open: pb.Open | None = None,  # noqa: A002 - the contract's name.
        audio: pb.AudioFrame | None = None,
        text: pb.TextInput | None = None,
        end_of_speech: pb.EndOfSpeech | None = None,
        playback: pb.PlaybackProgress | None = None,
        interrupt: pb.Interrupt | None = None,
        set_patience: pb.SetPatience | None = None,
    ) -> None:
        """Sends one request."""
        request = pb.ConverseRequest(
            open=open,
            audio=audio,
            text=text,
            end_of_speech=end_of_speech,
            playback=playback,
            interrupt=interrupt,
            set_patience=set_patience,
        )
        await self._sent.put(request)

    async def say(self, text: str, turn_id: UUID | None = None) -> UUID:
        """Types something; returns the turn's id."""
        turn_id = turn_id or uuid4()
        await self.send(text=pb.TextInput(turn_id=str(turn_id), text=text))
        return turn_id

    async def speak(self, milliseconds: int, *, silence: bool = False) -> None:
        """Sends audio in 20 ms frames, at once."""
        for _ in range(milliseconds // 20):
            data = (b"\x00\x00" if silence else b"\x10\x00") * 320
            await self.send(audio=pb.AudioFrame(sequence=self._frames, data=data))
            self._frames += 1

    async def hang_up(self) -> None:
        """Closes the client's side; returns when the conversation has ended. Raises what it ended with."""
        await self._sent.put(None)
        if self.ending is not None:
            await asyncio.shield(self.ending)

    async def received(self) -> None:
        """Returns once everything that was sent has been collected; for after hanging up."""
        if self.receiving is not None:
            await asyncio.shield(self.receiving)

    async def requests(self) -> AsyncIterator[pb.ConverseRequest]:
        """What the server reads."""
        while (request := await self._sent.get()) is not None:
            yield request

    async def receive(self) -> None:
        """Collects events until the conversation ends."""
        async for response in self.outgoing.responses():
            async with self._changed:
                self.events.append(response)
                self._changed.notify_all()

    async def expect(self, kind: str, turn_id: UUID | None = None, count: int = 1) -> pb.ConverseResponse:
        """Waits for the `count`th event of a kind, of a turn when one is named, and returns it."""
        async with self._changed:
            await self._changed.wait_for(lambda: len(self.of(kind, turn_id)) >= count)
        return self.of(kind, turn_id)[count - 1]

    def of(self, kind: str, turn_id: UUID | None = None) -> list[pb.ConverseResponse]:
        """The events of a kind so far."""
        turn = str(turn_id) if turn_id else None
        return [e for e in self.events if e.WhichOneof("event") == kind and turn in (None, e.turn_id)]

    def kinds(self) -> list[str]:
        """What came, in order."""
        return [response.WhichOneof("event") or "" for response in self.events]
