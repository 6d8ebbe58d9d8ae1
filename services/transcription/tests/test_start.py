"""Starting with models that are missing or broken, and readiness."""

import asyncio
import shutil
import subprocess
import sys

import pytest
from pydantic import ValidationError

from voicecbt.kit.testing.keys import SERVICE_SECRET
from voicecbt.models.errors import ModelCorrupt, ModelMissing
from voicecbt.models.store import ModelStore
from voicecbt.transcription.__main__ import assemble, load_models, thread_pools
from voicecbt.transcription.readiness import PROBE_EVERY_SECONDS, Readiness
from voicecbt.transcription.settings import Settings

pytestmark = pytest.mark.integration

SETTINGS = Settings(service_secret=SERVICE_SECRET)


def test_a_missing_model_ends_the_start_and_says_how_to_get_it(tmp_path):
    with pytest.raises(ModelMissing, match="models pull whisper-base"):
        load_models(SETTINGS, ModelStore(tmp_path))


def test_a_broken_model_ends_the_start_and_is_named(tmp_path):
    store = ModelStore()
    shutil.copytree(store.path("whisper-base"), tmp_path / "whisper-base" / "1")
    config = tmp_path / "whisper-base" / "1" / "config.json"
    config.write_bytes(config.read_bytes()[:-1] + b" ")
    with pytest.raises(ModelCorrupt, match=r"config\.json does not match"):
        load_models(SETTINGS, ModelStore(tmp_path))


@pytest.mark.parametrize(
    "wrong",
    [{"recognition_threads": 0}, {"end_of_turn_silence_ms": 100}, {"expected_language": ""}, {"recordings_at_once": 0}],
)
def test_settings_out_of_range_are_refused(wrong):
    with pytest.raises(ValidationError):
        Settings(service_secret=SERVICE_SECRET, **wrong)


async def test_the_service_is_ready_once_its_queue_recognises(models):
    with thread_pools(SETTINGS) as pools:
        application = assemble(SETTINGS, models, pools)
        working = asyncio.create_task(application.background[0]())
        assert await application.ready()
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)


async def test_without_its_queue_the_service_is_not_ready(models):
    with thread_pools(SETTINGS) as pools:
        application = assemble(SETTINGS, models, pools)
        check = asyncio.create_task(application.ready())
        done, _ = await asyncio.wait([check], timeout=0.5)
        assert not done
        check.cancel()


async def test_readiness_is_asked_again_when_the_last_success_is_old():
    now, probes = 0.0, []

    async def probe():
        probes.append(now)

    readiness = Readiness(probe, lambda: now)
    assert await readiness.check()
    assert await readiness.check()
    now = PROBE_EVERY_SECONDS
    assert await readiness.check()
    assert probes == [0.0, PROBE_EVERY_SECONDS]


def test_no_gpl_library_comes_into_the_process():
    """PyAV's wheels carry x264 and x265 (GPL); faster-whisper would import it."""
    program = "import sys, voicecbt.transcription.__main__; print({'av', 'faster_whisper'} & set(sys.modules))"
    finished = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert finished.stdout.strip() == "set()"
