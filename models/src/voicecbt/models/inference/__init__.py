"""Running models: the port that services depend on, and the engines behind it."""

from voicecbt.models.inference.backend import InferenceBackend, Tensor, Tensors
from voicecbt.models.inference.batching import MicroBatcher
from voicecbt.models.inference.embedded import OnnxBackend
from voicecbt.models.inference.embedder import TextEmbedder, open_embedder
from voicecbt.models.inference.reranker import Reranker, open_reranker

__all__ = [
    "InferenceBackend",
    "MicroBatcher",
    "OnnxBackend",
    "Reranker",
    "Tensor",
    "Tensors",
    "TextEmbedder",
    "open_embedder",
    "open_reranker",
]
