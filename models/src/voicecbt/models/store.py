"""The model store: a folder of verified models, one subfolder per name and version."""

import contextlib
from enum import StrEnum
from importlib import metadata
from pathlib import Path

from voicecbt.models.catalog import Catalog, Installed, Model
from voicecbt.models.errors import ModelCorrupt, ModelMissing
from voicecbt.models.hashing import sha256_of
from voicecbt.models.settings import ModelsSettings
from voicecbt.models.stamps import stamp_is_current, write_stamp


class ModelState(StrEnum):
    """What `ModelStore.state` finds."""

    PRESENT = "present"
    MISSING = "missing"
    CORRUPT = "corrupt"


class ModelStore:
    """Finds models in a folder and checks that they are what the catalogue says.

    `directory` defaults to the `VOICECBT_MODELS_DIR` setting, `catalog` to the packaged one.
    """

    def __init__(self, directory: Path | None = None, catalog: Catalog | None = None) -> None:
        self.directory = directory or ModelsSettings().dir
        self.catalog = catalog or Catalog.load()

    def path(self, name: str) -> Path:
        """The folder that holds the model's files, checked cheaply (see `stamps`).

        Raises UnknownModel, ModelMissing or ModelCorrupt; the message says what to do.
        """
        return self.verify(name, deep=False)

    def verify(self, name: str, *, deep: bool = True) -> Path:
        """Check a model and return its folder; `deep` hashes every byte whatever the stamp says.

        Raises UnknownModel, ModelMissing or ModelCorrupt; the message says what to do.
        """
        model = self.catalog.model(name)
        folder = self.folder(model)
        if deep or not stamp_is_current(folder, model):
            self._check_hashes(model, folder)
            # A read-only store still works; it only pays for hashing again.
            with contextlib.suppress(OSError):
                self._stamp(model, folder)
        return folder

    def state(self, name: str, *, deep: bool = False) -> ModelState:
        """Whether a model is present, missing or corrupt. Raises UnknownModel."""
        try:
            self.verify(name, deep=deep)
        except ModelMissing:
            return ModelState.MISSING
        except ModelCorrupt:
            return ModelState.CORRUPT
        return ModelState.PRESENT

    def folder(self, model: Model) -> Path:
        """Where a model's files belong, whether or not they are there.

        Raises ModelMissing for a model of a distribution that is not installed.
        """
        if model.installed:
            return _installed_folder(model.name, model.installed)
        return self.directory / model.name / model.version

    def _stamp(self, model: Model, folder: Path) -> None:
        # We never write into somebody else's distribution: those few megabytes are hashed each time.
        if not model.installed:
            write_stamp(folder, model)

    def _check_hashes(self, model: Model, folder: Path) -> None:
        for file in model.files:
            path = folder / file.name
            if not path.is_file():
                raise ModelMissing(f"model {model.name}: {file.name} is not in {folder}; {_cure(model)}")
            if path.stat().st_size != file.bytes or sha256_of(path) != file.sha256:
                raise ModelCorrupt(f"model {model.name}: {path} does not match its hash; {_cure(model)}")


def _cure(model: Model) -> str:
    if model.installed:
        return f"run: pip install --force-reinstall {model.installed.distribution}=={model.installed.version}"
    return f"run: voicecbt models pull {model.name}"


def _installed_folder(name: str, installed: Installed) -> Path:
    try:
        distribution = metadata.distribution(installed.distribution)
    except metadata.PackageNotFoundError:
        wanted = f"{installed.distribution}=={installed.version}"
        raise ModelMissing(f"model {name}: not installed; run: pip install {wanted}") from None
    return Path(str(distribution.locate_file(installed.directory)))
