"""gRPC to domain and back; no rules."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import grpc

from voicecbt.kit.errors import FailedPrecondition, NotFound, Unavailable
from voicecbt.kit.metrics import responses_generated
from voicecbt.models.errors import ModelError
from voicecbt.rag.collections import CollectionsUnavailable
from voicecbt.rag.content import ContentError
from voicecbt.rag.converters import (
    assessment_from_proto,
    assessment_to_proto,
    passage_to_proto,
    progress_to_proto,
    reply_to_proto,
    request_from_proto,
    version_to_proto,
)
from voicecbt.rag.domain import Reply
from voicecbt.rag.knowledge import IncompleteVersion, KnowledgeBase, UnknownVersion
from voicecbt.rag.metrics import risk_assessments
from voicecbt.rag.ports import GeneratorPort
from voicecbt.rag.retrieval import Retriever
from voicecbt.rag.risk.assess import RiskAssessor
from voicecbt.rag.validation import violations
from voicecbt.rag.versions import BuildRunning
from voicecbt.stubs.rag.v1 import knowledge_pb2, knowledge_pb2_grpc, rag_pb2, rag_pb2_grpc

_DEFAULT_PASSAGES = 4
# Above this much text the rules take longer than the event loop may be held (about 3 ms).
_LONG_CHARACTERS = 500


class RagServicer(rag_pb2_grpc.RagServiceServicer):
    """What the companion says."""

    def __init__(
        self, assessor: RiskAssessor, knowledge: KnowledgeBase, retriever: Retriever, generator: GeneratorPort
    ) -> None:
        self._assessor = assessor
        self._knowledge = knowledge
        self._retriever = retriever
        self._generator = generator

    async def AssessRisk(  # noqa: N802
        self, request: rag_pb2.AssessRiskRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> rag_pb2.AssessRiskResponse:
        """The risk in a message, given the earlier ones."""
        earlier = list(request.earlier)
        known = assessment_from_proto(request.known) if request.HasField("known") else None
        if len(request.text) + sum(map(len, earlier)) > _LONG_CHARACTERS:
            assessment = await asyncio.to_thread(self._assessor.assess, request.text, earlier, known)
        else:
            assessment = self._assessor.assess(request.text, earlier, known)
        risk_assessments.labels(level=assessment.level.name.lower()).inc()
        return rag_pb2.AssessRiskResponse(assessment=assessment_to_proto(assessment))

    async def Retrieve(  # noqa: N802
        self, request: rag_pb2.RetrieveRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> rag_pb2.RetrieveResponse:
        """The best passages of the serving version."""
        knowledge = self._knowledge.current
        limit = request.limit or _DEFAULT_PASSAGES
        passages = await self._retriever.search(knowledge, request.query, limit, request.technique, request.earlier)
        return rag_pb2.RetrieveResponse(
            passages=[passage_to_proto(passage) for passage in passages], knowledge_version=knowledge.version
        )

    async def GenerateReply(  # noqa: N802
        self, request: rag_pb2.GenerateReplyRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> AsyncIterator[rag_pb2.GenerateReplyResponse]:
        """Sentences as they are ready, then the whole."""
        index = 0
        async for part in self._generator.generate(request_from_proto(request)):
            if isinstance(part, Reply):
                responses_generated.labels(generator=part.generator).inc()
                yield rag_pb2.GenerateReplyResponse(reply=reply_to_proto(part))
            else:
                yield rag_pb2.GenerateReplyResponse(sentence=rag_pb2.ReplySentence(index=index, text=part))
                index += 1

    async def ValidateReply(  # noqa: N802
        self, request: rag_pb2.ValidateReplyRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> rag_pb2.ValidateReplyResponse:
        """The rules that a reply breaks."""
        reasons = violations(request.reply, request.text, [passage.text for passage in request.passages])
        return rag_pb2.ValidateReplyResponse(valid=not reasons, reasons=reasons)


class KnowledgeServicer(knowledge_pb2_grpc.KnowledgeServiceServicer):
    """Versions of the knowledge base."""

    def __init__(self, knowledge: KnowledgeBase) -> None:
        self._knowledge = knowledge

    async def BuildKnowledge(  # noqa: N802
        self, request: knowledge_pb2.BuildKnowledgeRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> AsyncIterator[knowledge_pb2.BuildKnowledgeResponse]:
        """Progress, then the version."""
        try:
            async for progress in self._knowledge.build(activate=request.activate):
                yield progress_to_proto(progress)
        except ContentError as error:
            raise FailedPrecondition("CONTENT_BROKEN", str(error)) from error
        except IncompleteVersion as error:
            raise FailedPrecondition("VERSION_INCOMPLETE", str(error)) from error
        except BuildRunning as error:
            raise Unavailable("another build is running", timedelta(seconds=10)) from error
        except (ModelError, CollectionsUnavailable) as error:
            raise Unavailable("the embedder or Chroma does not answer; nothing was changed") from error

    async def ActivateKnowledge(  # noqa: N802
        self, request: knowledge_pb2.ActivateKnowledgeRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> knowledge_pb2.ActivateKnowledgeResponse:
        """Switch."""
        try:
            version = await self._knowledge.activate(request.version)
        except UnknownVersion as error:
            raise NotFound("version") from error
        except IncompleteVersion as error:
            raise FailedPrecondition("VERSION_INCOMPLETE", str(error)) from error
        except CollectionsUnavailable as error:
            raise Unavailable("Chroma does not answer; nothing was changed") from error
        return knowledge_pb2.ActivateKnowledgeResponse(version=version_to_proto(version))

    async def ListKnowledge(  # noqa: N802
        self, request: knowledge_pb2.ListKnowledgeRequest, context: grpc.aio.ServicerContext[object, object]
    ) -> knowledge_pb2.ListKnowledgeResponse:
        """All versions."""
        versions = await self._knowledge.versions()
        return knowledge_pb2.ListKnowledgeResponse(versions=[version_to_proto(each) for each in versions])
