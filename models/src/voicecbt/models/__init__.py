"""Models of the platform: the catalogue, the local store, the fetcher and the inference port."""

from voicecbt.models.catalog import Catalog, Model
from voicecbt.models.errors import ModelCorrupt, ModelError, ModelMissing
from voicecbt.models.store import ModelStore

__all__ = [
    "Catalog",
    "Model",
    "ModelCorrupt",
    "ModelError",
    "ModelMissing",
    "ModelStore",
]
