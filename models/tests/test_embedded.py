import asyncio
from pathlib import Path

import numpy as np
import pytest

from voicecbt.models import ModelStore
from voicecbt.models.errors import InferenceError, InferenceOverloaded
from voicecbt.models.inference import OnnxBackend, Tensors

pytestmark = pytest.mark.integration

SAMPLES = 64 + 512  # context and one frame of 32 ms at 16 kHz


def silence() -> Tensors:
    return {
        "input": np.zeros((1, SAMPLES), dtype=np.float32),
        "state": np.zeros((2, 1, 128), dtype=np.float32),
        "sr": np.array(16_000, dtype=np.int64),
    }


@pytest.fixture
def voice_activity(real_store: ModelStore) -> OnnxBackend:
    return OnnxBackend(real_store.path("silero-vad") / "silero_vad.onnx", silence(), max_pending=4)


async def test_infers_by_name_and_silence_is_not_speech(voice_activity: OnnxBackend) -> None:
    await voice_activity.load()
    outputs = await voice_activity.infer(silence())
    await voice_activity.close()
    assert set(outputs) == {"output", "stateN"}
    assert outputs["output"].shape == (1, 1)
    assert outputs["output"].item() < 0.2


async def test_ready_only_between_load_and_close(voice_activity: OnnxBackend) -> None:
    assert not await voice_activity.ready()
    await voice_activity.load()
    await voice_activity.load()
    assert await voice_activity.ready()
    await voice_activity.close()
    await voice_activity.close()
    assert not await voice_activity.ready()


async def test_ready_is_a_real_inference(real_store: ModelStore) -> None:
    backend = OnnxBackend(real_store.path("silero-vad") / "silero_vad.onnx", {"input": np.zeros(3)})
    await backend.load()
    assert not await backend.ready()
    await backend.close()


async def test_streaming_yields_the_one_result(voice_activity: OnnxBackend) -> None:
    await voice_activity.load()
    items = [item async for item in voice_activity.stream(silence())]
    await voice_activity.close()
    assert len(items) == 1


async def test_before_load_the_caller_is_told(voice_activity: OnnxBackend) -> None:
    with pytest.raises(InferenceError, match=r"silero_vad\.onnx is not loaded"):
        await voice_activity.infer(silence())


@pytest.mark.parametrize(
    "wrong",
    [
        {"input": np.zeros((1, SAMPLES), dtype=np.float64)},
        {"input": np.zeros((1, 1, SAMPLES), dtype=np.float32)},
        {"state": np.zeros((2, 1, 3), dtype=np.float32)},
        {"unknown": np.zeros(1)},
    ],
)
async def test_inputs_that_do_not_fit_are_refused_and_the_model_lives(
    voice_activity: OnnxBackend, wrong: Tensors
) -> None:
    await voice_activity.load()
    with pytest.raises(InferenceError, match="inference failed"):
        await voice_activity.infer({**silence(), **wrong})
    with pytest.raises(InferenceError, match="inference failed"):
        await voice_activity.infer({"input": silence()["input"]})
    assert await voice_activity.ready()
    await voice_activity.close()


@pytest.mark.parametrize("content", [b"", b"not a model", None])
async def test_a_file_that_is_no_model_is_named(tmp_path: Path, content: bytes | None) -> None:
    path = tmp_path / "broken.onnx"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(InferenceError, match=r"cannot load .*broken\.onnx"):
        await OnnxBackend(path, {}).load()


async def test_one_more_than_may_wait_is_told_at_once(voice_activity: OnnxBackend) -> None:
    await voice_activity.load()
    calls = [voice_activity.infer(silence()) for _ in range(6)]
    results = await asyncio.gather(*calls, return_exceptions=True)
    assert [isinstance(result, InferenceOverloaded) for result in results] == [False] * 4 + [True] * 2
    assert await voice_activity.ready()
    await voice_activity.close()


async def test_a_cancelled_inference_frees_its_place(voice_activity: OnnxBackend) -> None:
    await voice_activity.load()
    tasks = [asyncio.create_task(voice_activity.infer(silence())) for _ in range(4)]
    await asyncio.sleep(0)
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    assert await voice_activity.ready()
    await voice_activity.close()


async def test_the_event_loop_runs_on_during_an_inference(real_store: ModelStore) -> None:
    tokens = np.full((4, 512), 2088, dtype=np.int64)  # long enough that the loop gets many turns
    inputs = {
        "input_ids": tokens,
        "attention_mask": np.ones_like(tokens),
        "token_type_ids": np.zeros_like(tokens),
    }
    backend = OnnxBackend(real_store.path("bge-small-en") / "model.onnx", inputs)
    await backend.load()
    inference = asyncio.create_task(backend.infer(inputs))
    turns = 0
    while not inference.done():
        await asyncio.sleep(0)
        turns += 1
    await backend.close()
    assert turns > 10
