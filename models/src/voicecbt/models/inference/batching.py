"""Dynamic micro-batching: rows that arrive together run together.

Only for models whose rows do not influence each other. A dynamically quantised int8 model is not one:
its activation scale is taken over the whole batch, so a row's result would depend on what other
people happened to ask at that moment (bge-small: cosine 0.996 to itself). Those run row by row.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from voicecbt.models.errors import InferenceError
from voicecbt.models.inference.backend import InferenceBackend, Tensors

# Rows can share a batch when names, element types and shapes (without the batch axis) are the same.
Key = tuple[tuple[str, str, tuple[int, ...]], ...]


@dataclass(slots=True)
class _Row:
    inputs: Tensors
    result: asyncio.Future[Tensors]


@dataclass(slots=True)
class _Batch:
    timer: asyncio.TimerHandle
    rows: list[_Row] = field(default_factory=list)


class MicroBatcher:
    """An InferenceBackend that joins single-row inputs of equal shape into batches for another one.

    A batch runs when it has `max_batch` rows or its first row has waited `max_wait_ms` milliseconds.
    """

    def __init__(self, backend: InferenceBackend, max_batch: int = 8, max_wait_ms: float = 2.0) -> None:
        self._backend = backend
        self._max_batch = max_batch
        self._max_wait_s = max_wait_ms / 1000
        self._waiting: dict[Key, _Batch] = {}
        self._running: set[asyncio.Task[None]] = set()

    async def load(self) -> None:
        """See InferenceBackend."""
        await self._backend.load()

    async def infer(self, inputs: Tensors) -> Tensors:
        """See InferenceBackend; also raises InferenceError when an input has not exactly one row."""
        if any(tensor.shape[:1] != (1,) for tensor in inputs.values()):
            raise InferenceError("micro-batching takes inputs of one row: their first axis must be 1")
        row = _Row(inputs, asyncio.get_running_loop().create_future())
        key = _key(inputs)
        batch = self._batch(key)
        batch.rows.append(row)
        if len(batch.rows) >= self._max_batch:
            self._start(key)
        return await row.result

    async def stream(self, inputs: Tensors) -> AsyncIterator[Tensors]:
        """See InferenceBackend; yields once."""
        yield await self.infer(inputs)

    async def ready(self) -> bool:
        """See InferenceBackend."""
        return await self._backend.ready()

    async def close(self) -> None:
        """See InferenceBackend; what was accepted is finished first."""
        for key in list(self._waiting):
            self._start(key)
        await asyncio.gather(*self._running)
        await self._backend.close()

    def _batch(self, key: Key) -> _Batch:
        if key not in self._waiting:
            timer = asyncio.get_running_loop().call_later(self._max_wait_s, self._start, key)
            self._waiting[key] = _Batch(timer)
        return self._waiting[key]

    def _start(self, key: Key) -> None:
        batch = self._waiting.pop(key)
        batch.timer.cancel()
        # A row whose caller has gone is not worth computing.
        rows = [row for row in batch.rows if not row.result.done()]
        if rows:
            task = asyncio.create_task(self._run(rows))
            self._running.add(task)
            task.add_done_callback(self._running.discard)

    async def _run(self, rows: Sequence[_Row]) -> None:
        try:
            outputs = await self._backend.infer(_joined(rows))
            results = [_row(outputs, index, len(rows)) for index in range(len(rows))]
        except InferenceError as error:
            await self._run_one_by_one(rows, error)
            return
        for row, result in zip(rows, results, strict=True):
            if not row.result.done():
                row.result.set_result(result)

    async def _run_one_by_one(self, rows: Sequence[_Row], error: InferenceError) -> None:
        # One person's bad input must not fail the others who happened to share the batch.
        if len(rows) > 1:
            for row in rows:
                await self._run([row])
        elif not rows[0].result.done():
            rows[0].result.set_exception(error)


def _key(inputs: Tensors) -> Key:
    return tuple(sorted((name, tensor.dtype.str, tensor.shape[1:]) for name, tensor in inputs.items()))


def _joined(rows: Sequence[_Row]) -> Tensors:
    return {name: np.concatenate([row.inputs[name] for row in rows]) for name in rows[0].inputs}


def _row(outputs: Tensors, index: int, count: int) -> Tensors:
    if any(tensor.shape[:1] != (count,) for tensor in outputs.values()):
        raise InferenceError(f"the model did not return one row for each of {count}; do not batch it")
    return {name: tensor[index : index + 1] for name, tensor in outputs.items()}
