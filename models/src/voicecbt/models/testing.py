"""Small honest stand-ins for tests: wheels built on the spot, a folder of them, a function as a model."""

import hashlib
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable, Mapping
from pathlib import Path

from voicecbt.models.catalog import Catalog, Model, ModelFile, Part, Wheel
from voicecbt.models.errors import InferenceError, WheelUnavailable
from voicecbt.models.inference.backend import Tensors


def build_wheel(folder: Path, package: str, members: Mapping[str, bytes], version: str = "1.0") -> Wheel:
    """Write a wheel that pip accepts into `folder` and return its catalogue entry."""
    stem = f"{package.replace('-', '_')}-{version}"
    info = f"{stem}.dist-info"
    metadata = {
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: {version}\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    path = folder / f"{stem}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in {**members, **metadata}.items():
            archive.writestr(name, content)
    content = path.read_bytes()
    return Wheel(package=package, version=version, file=path.name, sha256=sha256(content), bytes=len(content))


def describe_file(name: str, content: bytes, *parts: tuple[str, str]) -> ModelFile:
    """The catalogue entry of a file with that content; `parts` are pairs of package and member."""
    described = tuple(Part(wheel=package, member=member) for package, member in parts)
    return ModelFile(name=name, sha256=sha256(content), bytes=len(content), parts=described)


def describe_model(name: str, *files: ModelFile, optional: bool = False) -> Model:
    """A catalogue entry for a model of those files."""
    return Model(
        name=name,
        version="1",
        task="testing",
        engine="onnx",
        licence="MIT",
        author="tests",
        revision="1",
        paper="none",
        memory_mib=1,
        optional=optional,
        file=files,
    )


def catalog_of(wheels: tuple[Wheel, ...], *models: Model) -> Catalog:
    """A catalogue of those wheels and models."""
    return Catalog(schema=1, wheel=wheels, model=models)


def sha256(content: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(content).hexdigest()


class FolderSource:
    """A WheelSource that copies from a folder and counts what it was asked for."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.fetched: list[str] = []

    def fetch(self, wheel: Wheel, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        """See WheelSource."""
        self.fetched.append(wheel.package)
        if not (self._folder / wheel.file).is_file():
            raise WheelUnavailable(f"{wheel.file} is not in {self._folder}")
        on_bytes(0)
        return Path(shutil.copy(self._folder / wheel.file, folder))


class FunctionBackend:
    """An InferenceBackend that applies a function; keeps the batch sizes that it was given."""

    def __init__(self, function: Callable[[Tensors], Tensors]) -> None:
        self._function = function
        self._loaded = False
        self.batch_sizes: list[int] = []

    async def load(self) -> None:
        """See InferenceBackend."""
        self._loaded = True

    async def infer(self, inputs: Tensors) -> Tensors:
        """See InferenceBackend; whatever ValueError the function raises is an InferenceError."""
        if not self._loaded:
            raise InferenceError("not loaded; call load() first")
        self.batch_sizes.append(len(next(iter(inputs.values()))))
        try:
            return self._function(inputs)
        except ValueError as error:
            raise InferenceError(str(error)) from error

    async def stream(self, inputs: Tensors) -> AsyncIterator[Tensors]:
        """See InferenceBackend; yields once."""
        yield await self.infer(inputs)

    async def ready(self) -> bool:
        """See InferenceBackend."""
        return self._loaded

    async def close(self) -> None:
        """See InferenceBackend."""
        self._loaded = False
