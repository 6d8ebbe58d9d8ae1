"""Which knowledge serves: switched atomically, kept one back, brought up to date at the start."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import structlog

from voicecbt.models.errors import ModelError
from voicecbt.rag.building import BuildPlan, KnowledgeBuilder
from voicecbt.rag.collections import ARTICLES, RESPONSES, Collections, CollectionsUnavailable
from voicecbt.rag.content import ContentError, content_digest
from voicecbt.rag.domain import BuildProgress, KnowledgeState, KnowledgeVersion
from voicecbt.rag.serving import ServingKnowledge
from voicecbt.rag.versions import BuildRunning, VersionStore, version_name

log = structlog.get_logger(__name__)

BuildOnStart = Literal["always", "missing", "never"]
# Content that no version was built of yet: text search works on it at once, meaning only after the build.
UNBUILT = "unbuilt"


class UnknownVersion(Exception):
    """There is no version of that name."""


class IncompleteVersion(Exception):
    """The version did not pass its build, or its collections are not whole."""


class KnowledgeBase:
    """The serving version and the way to another one."""

    def __init__(
        self, store: VersionStore, collections: Collections, builder: KnowledgeBuilder, plan: BuildPlan
    ) -> None:
        self._store = store
        self._collections = collections
        self._builder = builder
        self._plan = plan
        self._switching = asyncio.Lock()
        self._current: ServingKnowledge | None = None
        self._tried = False

    @property
    def current(self) -> ServingKnowledge:
        """What serves now. Take it once per request, so that a switch does not cut through it."""
        if self._current is None:
            raise RuntimeError("open() comes first")
        return self._current

    @property
    def is_built(self) -> bool:
        """False while nothing but text search over the content folder serves."""
        return self._current is not None and self._current.version != UNBUILT

    async def is_settled(self) -> bool:
        """Whether a built version serves, or the build at the start is over and text search has to do."""
        return self.is_built or self._tried

    async def open(self) -> None:
        """Load the active version, or else the content folder itself. Raises ContentError when neither can serve."""
        active = self._store.active()
        manifest = self._store.read(active) if active else None
        if manifest is not None:
            try:
                self._current = await self._load(active, self._store.snapshot(active), manifest.chunk_words)
                return
            except ContentError as error:
                log.error("the active version cannot be read", version=active, file=error.file, field=error.field)
        self._current = await self._load(UNBUILT, self._plan.source, self._plan.chunk_words)

    async def bring_up_to_date(self, policy: BuildOnStart) -> None:
        """Build and switch where the policy says so. A build that fails is logged; what serves goes on."""
        try:
            if await self._should_build(policy):
                await self._build_and_switch()
        finally:
            self._tried = True

    async def _build_and_switch(self) -> None:
        try:
            async for _ in self.build(activate=True):
                continue
        except ContentError as error:
            log.error("knowledge content is broken", file=error.file, field=error.field, problem=error.problem)
        except (ModelError, CollectionsUnavailable, BuildRunning, IncompleteVersion) as error:
            log.error("knowledge was not built; text search serves", error_type=type(error).__name__)

    async def _should_build(self, policy: BuildOnStart) -> bool:
        wanted = await asyncio.to_thread(self._wanted_version)
        if self.current.version == wanted and await self._is_whole(self.current):
            return False
        if policy == "always" or (policy == "missing" and not self.is_built):
            return True
        log.warning("content and serving version differ; run: voicecbt knowledge build", serving=self.current.version)
        return False

    def _wanted_version(self) -> str:
        return version_name(content_digest(self._plan.source), self._plan.embedding_model, self._plan.chunk_words)

    async def _is_whole(self, knowledge: ServingKnowledge) -> bool:
        try:
            return await self._builder.is_stored(knowledge)
        except CollectionsUnavailable:
            return False

    async def build(self, *, activate: bool) -> AsyncIterator[BuildProgress]:
        """See KnowledgeBuilder.build; a READY version is switched to before the last item when `activate`.

        Raises IncompleteVersion when it should be activated and did not pass.
        """
        async for progress in self._builder.build(self._plan):
            if progress.version is None:
                yield progress
            elif activate:
                yield BuildProgress("done", 1, 1, await self.activate(progress.version.version))
            else:
                yield progress

    async def activate(self, version: str) -> KnowledgeVersion:
        """Make a READY version serve. Raises UnknownVersion, IncompleteVersion or CollectionsUnavailable."""
        async with self._switching:
            manifest = await asyncio.to_thread(self._store.read, version)
            if manifest is None:
                raise UnknownVersion(version)
            if manifest.state is not KnowledgeState.READY:
                raise IncompleteVersion(f"{version} is not complete: build it again")
            knowledge = await self._load(version, self._store.snapshot(version), manifest.chunk_words)
            if not await self._builder.is_stored(knowledge):
                raise IncompleteVersion(f"the collections of {version} are not whole: build it again")
            await asyncio.to_thread(self._store.activate, version)
            self._current = knowledge
            log.info("knowledge activated", version=version)
            await self._remove_older()
            return await self._described(version)

    async def versions(self) -> list[KnowledgeVersion]:
        """All versions, newest first."""
        return await asyncio.to_thread(self._store.list)

    async def _described(self, version: str) -> KnowledgeVersion:
        described = await asyncio.to_thread(self._store.describe, version)
        if described is None:
            raise UnknownVersion(version)
        return described

    async def _remove_older(self) -> None:
        keep = {self._store.active(), self._store.previous()}
        for old in await self.versions():
            # One that is newer may be waiting for its activation.
            if old.version not in keep and old.built_at < (await self._described(self.current.version)).built_at:
                await self._collections.delete(ARTICLES, old.version)
                await self._collections.delete(RESPONSES, old.version)
                await asyncio.to_thread(self._store.remove, old.version)

    @staticmethod
    async def _load(version: str, folder: Path, chunk_words: int) -> ServingKnowledge:
        try:
            return await asyncio.to_thread(ServingKnowledge.load, version, folder, chunk_words)
        except FileNotFoundError as error:
            raise IncompleteVersion(f"the content of {version} is gone: build it again") from error
