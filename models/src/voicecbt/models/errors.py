"""What can go wrong with models, each error saying what to do about it."""


class ModelError(Exception):
    """Base of every error of this package; its message names the model and the cure."""


class CatalogError(ModelError):
    """The catalogue cannot be read or contradicts itself."""


class UnknownModel(ModelError):
    """A model was asked for that the catalogue does not name."""


class ModelMissing(ModelError):
    """A catalogued model is not on this machine."""


class ModelCorrupt(ModelError):
    """A model file is not what the catalogue says it is."""


class WheelUnavailable(ModelError):
    """A wheel could not be downloaded, or what arrived is not what the catalogue names."""


class NotEnoughSpace(ModelError):
    """The disk cannot hold what has to be fetched."""


class ModelStoreBusy(ModelError):
    """Another process has been fetching into the same directory for longer than we waited."""


class InferenceError(ModelError):
    """A model could not be loaded or run; never carries the input's content."""


class InferenceOverloaded(InferenceError):
    """As many inferences wait as are allowed to; try again later."""
