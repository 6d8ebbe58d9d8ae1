"""RiskAssessor, Retriever and Responder, by the rag service."""

from collections.abc import AsyncGenerator, Sequence

import grpc

from voicecbt.session.adapters.failures import calling
from voicecbt.session.ports import PortFailed
from voicecbt.session.turn.budgets import Budgets
from voicecbt.stubs.rag.v1 import rag_pb2
from voicecbt.stubs.rag.v1.rag_pb2_grpc import RagServiceStub

EARLIER_UTTERANCES = 50  # What AssessRisk takes.
CONTEXT_UTTERANCES = 3  # What a search takes a short answer's topic from.
PASSAGES = 6  # Enough to see which technique most of them teach.
REPLY_SECONDS = 30.0  # The longest reply, all sentences; each is held to its own budget by the stage.


class GrpcRag:
    """`AssessRisk`, `Retrieve` and `GenerateReply`."""

    def __init__(self, channel: grpc.aio.Channel, budgets: Budgets) -> None:
        self._stub = RagServiceStub(channel)
        self._budgets = budgets

    async def assess(
        self, text: str, earlier: Sequence[str], language: str, known: rag_pb2.RiskAssessment | None
    ) -> rag_pb2.RiskAssessment:
        """See RiskAssessor. An answer without a level is no assessment."""
        latest = list(earlier)[-EARLIER_UTTERANCES:]
        request = rag_pb2.AssessRiskRequest(text=text, earlier=latest, language=language, known=known)
        with calling("rag"):
            response = await self._stub.AssessRisk(request, timeout=self._budgets.risk)
        if response.assessment.level == rag_pb2.RISK_LEVEL_UNSPECIFIED:
            raise PortFailed("rag", "NO_LEVEL")
        return response.assessment

    async def retrieve(self, text: str, earlier: Sequence[str], language: str) -> rag_pb2.RetrieveResponse:
        """See Retriever."""
        request = rag_pb2.RetrieveRequest(
            query=text, limit=PASSAGES, language=language, earlier=list(earlier)[-CONTEXT_UTTERANCES:]
        )
        with calling("rag"):
            return await self._stub.Retrieve(request, timeout=self._budgets.retrieval)

    async def reply(
        self, request: rag_pb2.GenerateReplyRequest
    ) -> AsyncGenerator[rag_pb2.ReplySentence | rag_pb2.Reply, None]:
        """See Responder."""
        with calling("rag"):
            call = self._stub.GenerateReply(request, timeout=REPLY_SECONDS)
            try:
                async for response in call:
                    yield response.reply if response.WhichOneof("event") == "reply" else response.sentence
            finally:
                call.cancel()
