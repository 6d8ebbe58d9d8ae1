"""Composition root of insights: `python -m voicecbt.insights`."""

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

from voicecbt.insights.ingestion import Ingestion
from voicecbt.insights.pseudonyms import Pseudonyms
from voicecbt.insights.repository import InsightsRepository
from voicecbt.insights.schema_versions import upgrade
from voicecbt.insights.servicer import InsightsServicer
from voicecbt.insights.settings import Settings
from voicecbt.insights.translation import Translation
from voicecbt.insights.warehouse import Warehouse
from voicecbt.kit.events import EventStream
from voicecbt.kit.server import Application, Registration, Runtime, run_service
from voicecbt.stubs.insights.v1 import insights_pb2_grpc

SERVICE = "voicecbt.insights.v1.InsightsService"


@asynccontextmanager
async def compose(settings: Settings, runtime: Runtime) -> AsyncIterator[Application]:
    """Everything wired; the tables are brought to the newest version first."""
    async with AsyncExitStack() as stack:
        warehouse = Warehouse.of(settings)
        stack.push_async_callback(warehouse.close)
        await warehouse.open()
        await upgrade(warehouse, settings.performance_months)
        stream = EventStream(settings.redis_url.get_secret_value())
        stack.push_async_callback(stream.close)
        pseudonyms = Pseudonyms(settings.pseudonym_secret.get_secret_value())
        repository = InsightsRepository(warehouse)
        ingestion = Ingestion(stream, Translation(pseudonyms), repository, settings.consumers)
        servicer = InsightsServicer(repository, pseudonyms)
        yield Application(
            servicers=[Registration(insights_pb2_grpc.add_InsightsServiceServicer_to_server, servicer, SERVICE)],
            background=[ingestion.run],
            ready=repository.ready,
        )


if __name__ == "__main__":
    run_service("insights", Settings, compose)
