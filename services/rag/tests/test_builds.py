"""Building and switching, on real Chroma with the real embedder."""

import asyncio
import os
import shutil
import signal
import sys
import time
from pathlib import Path

import pytest

from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.rag.collections import ARTICLES, RESPONSES
from voicecbt.rag.content import ContentError
from voicecbt.rag.domain import KnowledgeState
from voicecbt.rag.knowledge import UNBUILT, IncompleteVersion, UnknownVersion
from voicecbt.rag.versions import BuildRunning, VersionStore

pytestmark = [pytest.mark.integration, pytest.mark.timeout(300)]

QUERY = "I lie awake worrying all night"


def _change(content: Path, words: str) -> None:
    article = content / "articles/worry/worry-tree.md"
    article.write_text(article.read_text("utf-8") + f"\n{words}\n", "utf-8")


async def test_content_serves_by_text_before_anything_was_built(open_bench, small_knowledge, tmp_path) -> None:
    async with open_bench(tmp_path / "data", small_knowledge) as bench:
        assert bench.base.current.version == UNBUILT
        passages = await bench.retriever.search(bench.base.current, QUERY, 3)
        assert passages and all(0 < passage.score <= 1 for passage in passages)


async def test_a_build_reports_every_stage_and_its_version(open_bench, small_knowledge, built) -> None:
    _change(small_knowledge, "One more thing to know.")
    async with open_bench(built, small_knowledge) as bench:
        old = bench.base.current.version
        steps = [step async for step in bench.base.build(activate=False)]
        stages = list(dict.fromkeys(step.stage for step in steps))
        assert stages == ["read", "validate", "embed", "write", "verify", "done"]
        assert all(step.done <= step.total for step in steps)
        version = steps[-1].version
        assert version is not None and version.state is KnowledgeState.READY
        assert version.recall_at_5 >= 0.5
        assert bench.base.current.version == old
        stored = await bench.collections.count(ARTICLES, version.version)
        assert stored > version.articles


async def test_building_the_same_content_again_only_verifies(open_bench, small_knowledge, built) -> None:
    async with open_bench(built, small_knowledge) as bench:
        steps = [step async for step in bench.base.build(activate=False)]
        assert "embed" not in {step.stage for step in steps}
        assert steps[-1].version is not None
        assert steps[-1].version.version == bench.base.current.version


async def test_switching_forth_and_back_keeps_one_and_deletes_older_ones(open_bench, small_knowledge, built) -> None:
    async with open_bench(built, small_knowledge) as bench:
        first = bench.base.current.version
        names = [first]
        for words in ("A second edition.", "A third edition."):
            _change(small_knowledge, words)
            names.append([step async for step in bench.base.build(activate=True)][-1].version.version)
        assert [each.version for each in await bench.base.versions()] == names[:0:-1]
        assert await bench.collections.count(RESPONSES, first) == 0
        rolled_back = await bench.base.activate(names[1])
        assert rolled_back.state is KnowledgeState.ACTIVE
        assert bench.base.current.version == names[1]
    async with open_bench(built, small_knowledge) as restarted:
        assert restarted.base.current.version == names[1]


async def test_a_version_below_the_gate_fails_and_cannot_serve(open_bench, small_knowledge, built) -> None:
    golden = small_knowledge / "golden_queries.yaml"
    golden.write_text(
        golden.read_text("utf-8") + "- query: I shout at everybody\n  articles: [sleep-wind-down]\n", "utf-8"
    )
    async with open_bench(built, small_knowledge, recall_gate=1.0) as bench:
        old = bench.base.current.version
        last = [step async for step in bench.base.build(activate=False)][-1]
        assert last.version is not None and last.version.state is KnowledgeState.FAILED
        with pytest.raises(IncompleteVersion):
            await bench.base.activate(last.version.version)
        assert bench.base.current.version == old


async def test_a_repeated_check_never_fails_the_version_that_serves(open_bench, small_knowledge, built) -> None:
    store = VersionStore(built)
    serving = store.read(store.active())
    assert serving is not None
    async with open_bench(built, small_knowledge, recall_gate=1.0) as bench:
        await bench.collections.delete(ARTICLES, serving.version)
        (small_knowledge / "articles/worry").rename(small_knowledge / "articles/worries")
        with pytest.raises(ContentError):
            [step async for step in bench.base.build(activate=True)]
    assert store.read(serving.version) == serving


async def test_broken_content_changes_nothing(open_bench, small_knowledge, built) -> None:
    async with open_bench(built, small_knowledge) as bench:
        old = bench.base.current.version
        (small_knowledge / "responses/breathing.yaml").write_text("- id: 7\n", "utf-8")
        with pytest.raises(ContentError, match=r"responses/breathing\.yaml"):
            [step async for step in bench.base.build(activate=True)]
        await bench.base.bring_up_to_date("always")
        assert bench.base.current.version == old
        assert [each.version for each in await bench.base.versions()] == [old]


async def test_unknown_versions_and_lost_collections_are_refused(open_bench, small_knowledge, built) -> None:
    async with open_bench(built, small_knowledge) as bench:
        with pytest.raises(UnknownVersion):
            await bench.base.activate("kb-000000000000")
        await bench.collections.delete(RESPONSES, bench.base.current.version)
        with pytest.raises(IncompleteVersion):
            await bench.base.activate(bench.base.current.version)
        assert await bench.retriever.response_similarities(bench.base.current, QUERY) == {}
        await bench.base.bring_up_to_date("always")  # builds what is missing
        assert await bench.retriever.response_similarities(bench.base.current, QUERY)


async def test_two_builds_at_once_are_refused(open_bench, small_knowledge, built) -> None:
    async with open_bench(built, small_knowledge) as bench:
        with bench.store.building(), pytest.raises(BuildRunning):
            [step async for step in bench.base.build(activate=False)]


async def test_policies_at_the_start(open_bench, small_knowledge, built, tmp_path) -> None:
    _change(small_knowledge, "Newer words.")
    async with open_bench(built, small_knowledge) as bench:
        old = bench.base.current.version
        for policy in ("never", "missing"):
            await bench.base.bring_up_to_date(policy)
            assert bench.base.current.version == old
        assert await bench.base.is_settled()


def _building(store: VersionStore, old: str) -> bool:
    folders = [path for path in store.snapshot(old).parent.parent.iterdir() if path.name != old]
    return any((path / "manifest.json").exists() for path in folders)


def _wait_for_build(store: VersionStore, old: str) -> None:
    deadline = time.monotonic() + 60
    while not _building(store, old) and time.monotonic() < deadline:
        time.sleep(0.02)


async def test_a_build_killed_half_way_leaves_the_old_version_serving(open_bench, small_knowledge, built) -> None:
    store = VersionStore(built)
    old = store.active()
    _change(small_knowledge, "Words of a build that never ends.")
    environment = {
        **os.environ,
        "VOICECBT_SERVICE_SECRET": SERVICE_SECRET,
        "VOICECBT_RAG_KNOWLEDGE_DIR": str(small_knowledge),
        "VOICECBT_RAG_DATA_DIR": str(built),
        "VOICECBT_RAG_BUILD_ON_START": "always",
    }
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "voicecbt.rag", env=environment, stdout=asyncio.subprocess.DEVNULL
    )
    try:
        await asyncio.to_thread(_wait_for_build, store, old)
    finally:
        process.send_signal(signal.SIGKILL)
        await process.wait()
    states = {each.version: each.state for each in store.list()}
    assert states.pop(old) is KnowledgeState.ACTIVE
    assert list(states.values()) == [KnowledgeState.FAILED]
    async with open_bench(built, small_knowledge) as bench:
        assert bench.base.current.version == old
        assert await bench.retriever.search(bench.base.current, QUERY, 3)
        await bench.base.bring_up_to_date("always")
        assert bench.base.current.version in states


async def test_the_repositorys_content_passes_its_gate(open_bench, knowledge_dir, tmp_path) -> None:
    async with open_bench(tmp_path / "data", knowledge_dir, recall_gate=0.8) as bench:
        await bench.base.bring_up_to_date("missing")
        version = (await bench.base.versions())[0]
        assert version.state is KnowledgeState.ACTIVE
        assert version.recall_at_5 >= 0.85


def test_a_half_written_record_is_no_version(tmp_path: Path) -> None:
    store = VersionStore(tmp_path)
    folder = store.snapshot("kb-0").parent
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text('{"version": "kb-0", "sta')
    (tmp_path / "active.json").write_text("{")
    assert store.list() == []
    assert store.active() == ""
    shutil.rmtree(folder)
