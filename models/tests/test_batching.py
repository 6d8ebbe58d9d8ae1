import asyncio

import numpy as np
import pytest

from voicecbt.models.errors import InferenceError
from voicecbt.models.inference import MicroBatcher, Tensors
from voicecbt.models.testing import FunctionBackend

pytestmark = pytest.mark.unit

A_LONG_WAIT_MS = 60_000.0  # only a full batch or close() can start one within the test


def double(inputs: Tensors) -> Tensors:
    numbers = np.asarray(inputs["x"], dtype=np.float64)
    if np.isnan(numbers).any():
        raise ValueError("not a number")
    return {"y": numbers * 2}


def row(*numbers: float) -> Tensors:
    return {"x": np.array([numbers])}


async def loaded(max_batch: int, max_wait_ms: float) -> tuple[MicroBatcher, FunctionBackend]:
    backend = FunctionBackend(double)
    batcher = MicroBatcher(backend, max_batch=max_batch, max_wait_ms=max_wait_ms)
    await batcher.load()
    return batcher, backend


async def test_rows_that_arrive_together_run_together_and_come_back_in_order() -> None:
    batcher, backend = await loaded(4, A_LONG_WAIT_MS)
    results = await asyncio.gather(*(batcher.infer(row(n)) for n in range(8)))
    assert [result["y"].tolist() for result in results] == [[[2.0 * n]] for n in range(8)]
    assert backend.batch_sizes == [4, 4]


async def test_a_lone_row_does_not_wait_for_company() -> None:
    batcher, backend = await loaded(4, 1.0)
    assert (await batcher.infer(row(3)))["y"].tolist() == [[6.0]]
    assert backend.batch_sizes == [1]


async def test_rows_of_different_shape_or_type_are_kept_apart() -> None:
    batcher, backend = await loaded(2, A_LONG_WAIT_MS)
    single = {"x": np.array([[1.0]], dtype=np.float32)}
    inputs = [row(1), row(1, 2), single, row(3), row(3, 4), single]
    results = await asyncio.gather(*(batcher.infer(one) for one in inputs))
    assert results[1]["y"].tolist() == [[2.0, 4.0]]
    assert backend.batch_sizes == [2, 2, 2]


async def test_a_bad_row_fails_alone() -> None:
    batcher, _ = await loaded(3, A_LONG_WAIT_MS)
    calls = (batcher.infer(row(n)) for n in (1.0, float("nan"), 3.0))
    first, bad, last = await asyncio.gather(*calls, return_exceptions=True)
    assert isinstance(bad, InferenceError)
    assert not isinstance(first, BaseException)
    assert not isinstance(last, BaseException)
    assert (first["y"].item(), last["y"].item()) == (2.0, 6.0)


async def test_a_row_whose_caller_went_away_is_not_computed() -> None:
    batcher, backend = await loaded(3, A_LONG_WAIT_MS)
    leaving = asyncio.create_task(batcher.infer(row(1)))
    await asyncio.sleep(0)
    leaving.cancel()
    await asyncio.gather(leaving, return_exceptions=True)
    results = await asyncio.gather(batcher.infer(row(2)), batcher.infer(row(3)))
    assert [result["y"].item() for result in results] == [4.0, 6.0]
    assert backend.batch_sizes == [2]


async def test_close_finishes_what_was_accepted() -> None:
    batcher, backend = await loaded(10, A_LONG_WAIT_MS)
    waiting = asyncio.create_task(batcher.infer(row(5)))
    await asyncio.sleep(0)
    await batcher.close()
    assert (await waiting)["y"].item() == 10.0
    assert not await batcher.ready()
    assert backend.batch_sizes == [1]


async def test_an_input_of_several_rows_is_refused() -> None:
    batcher, _ = await loaded(2, A_LONG_WAIT_MS)
    with pytest.raises(InferenceError, match="one row"):
        await batcher.infer({"x": np.zeros((2, 3))})
    with pytest.raises(InferenceError, match="one row"):
        await batcher.infer({"x": np.array(3.0)})


async def test_a_model_that_does_not_return_rows_is_told() -> None:
    backend = FunctionBackend(lambda inputs: {"sum": np.asarray(inputs["x"], dtype=np.float64).sum(keepdims=False)})
    batcher = MicroBatcher(backend, max_batch=1)
    await batcher.load()
    with pytest.raises(InferenceError, match="do not batch it"):
        await batcher.infer(row(1))


async def test_errors_of_the_model_reach_the_caller() -> None:
    batcher = MicroBatcher(FunctionBackend(double), max_batch=1)
    with pytest.raises(InferenceError, match="load"):
        await batcher.infer(row(1))


async def test_streaming_yields_the_one_result() -> None:
    batcher, _ = await loaded(1, A_LONG_WAIT_MS)
    assert [item["y"].item() async for item in batcher.stream(row(2))] == [4.0]
