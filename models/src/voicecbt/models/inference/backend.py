"""The inference port: what a service may ask of a model, whichever engine runs it."""

from collections.abc import AsyncIterator, Mapping
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Tensor = NDArray[np.generic]
Tensors = Mapping[str, Tensor]


class InferenceBackend(Protocol):
    """A loaded model. Inputs and outputs are named arrays whose first axis is the batch."""

    async def load(self) -> None:
        """Load the model; does nothing when it is loaded. Raises InferenceError."""
        ...

    async def infer(self, inputs: Tensors) -> Tensors:
        """Run the model once and return all its outputs.

        Raises InferenceError (not loaded, or the inputs do not fit) or InferenceOverloaded.
        """
        ...

    def stream(self, inputs: Tensors) -> AsyncIterator[Tensors]:
        """Run the model and yield its outputs as they come; one item when it cannot stream.

        Raises what `infer` raises.
        """
        ...

    async def ready(self) -> bool:
        """Whether a real inference succeeds now. Never raises InferenceError."""
        ...

    async def close(self) -> None:
        """Release the model; does nothing when it is not loaded."""
        ...
