"""`voicecbt knowledge build | activate | list`: versions of the knowledge base, over the rag service's own RPCs."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Annotated, TypeAlias

import grpc
import typer
from google.protobuf.json_format import MessageToDict
from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from voicecbt.devstack.stack import running_stack
from voicecbt.kit.channels import ChannelFactory
from voicecbt.kit.tokens import ServiceTokens
from voicecbt.stubs.rag.v1 import knowledge_pb2, knowledge_pb2_grpc

app = typer.Typer(help="Versions of the knowledge base.", no_args_is_help=True)

MAX_MESSAGE_BYTES = 4 << 20
BUILD_SECONDS = 1800.0

Stub: TypeAlias = "knowledge_pb2_grpc.KnowledgeServiceAsyncStub"


@app.command()
def build(activate: Annotated[bool, typer.Option(help="Serve it when it is done.")] = False) -> None:
    """Build a version from the content folder."""
    _with_stub(lambda stub: _build(stub, activate))


@app.command()
def activate(version: Annotated[str, typer.Argument(help="A version from `list`.")]) -> None:
    """Switch to a version that was built before."""
    _with_stub(lambda stub: _activate(stub, version))


@app.command(name="list")
def list_versions(as_json: Annotated[bool, typer.Option("--json", help="One JSON array.")] = False) -> None:
    """Every version, newest first."""
    _with_stub(lambda stub: _list(stub, as_json))


async def _build(stub: Stub, activate: bool) -> None:
    request = knowledge_pb2.BuildKnowledgeRequest(activate=activate)
    with Progress() as progress:
        task = progress.add_task("start", total=None)
        async for step in stub.BuildKnowledge(request, timeout=BUILD_SECONDS):
            progress.update(task, description=step.stage, completed=step.done, total=step.total or None)
            if step.HasField("version"):
                progress.print(f"{step.version.version} is built")


async def _activate(stub: Stub, version: str) -> None:
    response = await stub.ActivateKnowledge(knowledge_pb2.ActivateKnowledgeRequest(version=version))
    typer.echo(f"{response.version.version} is serving")


async def _list(stub: Stub, as_json: bool) -> None:
    response = await stub.ListKnowledge(knowledge_pb2.ListKnowledgeRequest())
    if as_json:
        versions = [MessageToDict(each, preserving_proto_field_name=True) for each in response.versions]
        typer.echo(json.dumps(versions, indent=2))
        return
    table = Table("version", "state", "articles", "responses", "recall@5")
    for each in response.versions:
        state = knowledge_pb2.KnowledgeState.Name(each.state).removeprefix("KNOWLEDGE_STATE_").lower()
        table.add_row(each.version, state, str(each.articles), str(each.responses), f"{each.recall_at_5:.2f}")
    Console().print(table)


def _with_stub(work: Callable[[Stub], Awaitable[None]]) -> None:
    stack = running_stack()
    tokens = ServiceTokens(stack.folder.secrets().service_secret)

    async def call() -> None:
        channels = ChannelFactory("devstack", tokens, MAX_MESSAGE_BYTES)
        try:
            await work(knowledge_pb2_grpc.KnowledgeServiceStub(channels.channel(f"127.0.0.1:{stack.ports['rag']}")))
        finally:
            await channels.close()

    try:
        asyncio.run(call())
    except grpc.aio.AioRpcError as error:
        typer.echo(error.details() or error.code().name, err=True)
        raise typer.Exit(1) from None
