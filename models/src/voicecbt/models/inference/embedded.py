"""The `embedded` engine: ONNX Runtime in this process, off the event loop."""

import asyncio
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import onnxruntime  # type: ignore[import-untyped]
from onnxruntime.capi import onnxruntime_pybind11_state as runtime_errors  # type: ignore[import-untyped]

from voicecbt.models.errors import InferenceError, InferenceOverloaded
from voicecbt.models.inference.backend import Tensors

MAX_PENDING = 64  # at some 5 ms each a third of a second of waiting: later callers are better told at once
ERRORS_ONLY = 3  # ONNX Runtime's severity: its warnings are about graph rewriting

# ONNX Runtime raises classes of its own that share no base below Exception; ValueError: a missing input.
_RUNTIME_ERRORS = (
    ValueError,
    RuntimeError,
    runtime_errors.Fail,
    runtime_errors.InvalidArgument,
    runtime_errors.InvalidGraph,
    runtime_errors.InvalidProtobuf,
    runtime_errors.NoSuchFile,
    runtime_errors.NotImplemented,
    runtime_errors.RuntimeException,
)


class OnnxBackend:
    """An InferenceBackend over an ONNX file.

    `probe` is a small valid input for `ready`. One inference uses `intra_op_threads` threads, `workers`
    of them run at once, and at most `max_pending` run or wait; one more raises InferenceOverloaded.
    """

    def __init__(
        self,
        model: Path,
        probe: Tensors,
        *,
        intra_op_threads: int = 1,
        workers: int = 1,
        max_pending: int = MAX_PENDING,
    ) -> None:
        self._model = model
        self._probe = probe
        self._intra_op_threads = intra_op_threads
        self._workers = workers
        self._max_pending = max_pending
        self._pending = 0
        self._loading = asyncio.Lock()
        self._session: onnxruntime.InferenceSession | None = None
        self._executor: ThreadPoolExecutor | None = None

    async def load(self) -> None:
        """See InferenceBackend."""
        async with self._loading:
            if self._session is None:
                self._session = await asyncio.to_thread(self._open)
                self._executor = ThreadPoolExecutor(self._workers, thread_name_prefix=self._model.stem)

    async def infer(self, inputs: Tensors) -> Tensors:
        """See InferenceBackend."""
        if self._session is None or self._executor is None:
            raise InferenceError(f"{self._model.name} is not loaded; call load() first")
        if self._pending >= self._max_pending:
            raise InferenceOverloaded(f"{self._max_pending} inferences of {self._model.name} are waiting already")
        self._pending += 1
        try:
            loop = asyncio.get_running_loop()
            return await loop.run_in_executor(self._executor, _run, self._session, inputs)
        finally:
            self._pending -= 1

    async def stream(self, inputs: Tensors) -> AsyncIterator[Tensors]:
        """See InferenceBackend; yields once, ONNX Runtime returns whole results."""
        yield await self.infer(inputs)

    async def ready(self) -> bool:
        """See InferenceBackend."""
        try:
            await self.infer(self._probe)
        except InferenceError:
            return False
        return True

    async def close(self) -> None:
        """See InferenceBackend; waits for the inferences that are running, cancels those that wait."""
        async with self._loading:
            executor, self._session, self._executor = self._executor, None, None
            if executor is not None:
                await asyncio.to_thread(executor.shutdown, cancel_futures=True)

    def _open(self) -> onnxruntime.InferenceSession:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._intra_op_threads
        options.inter_op_num_threads = 1
        options.log_severity_level = ERRORS_ONLY
        # Threads that spin between inferences starve the other services of a small machine.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        try:
            return onnxruntime.InferenceSession(self._model, options, providers=["CPUExecutionProvider"])
        except _RUNTIME_ERRORS as error:
            raise InferenceError(f"cannot load {self._model}: {type(error).__name__}: {error}") from error


def _run(session: onnxruntime.InferenceSession, inputs: Tensors) -> Tensors:
    names = [output.name for output in session.get_outputs()]
    try:
        return dict(zip(names, session.run(names, dict(inputs)), strict=True))
    except _RUNTIME_ERRORS as error:
        raise InferenceError(f"inference failed: {type(error).__name__}: {error}") from error
