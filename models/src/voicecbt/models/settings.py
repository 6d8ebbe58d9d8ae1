"""Settings of the model store and of in-process inference, from the environment."""

import os
from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


def default_models_dir() -> Path:
    """`voicecbt/models` in the user's cache folder, shared by every clone on the machine."""
    # The XDG specification says to ignore a value that is empty or not absolute.
    cache = Path(os.environ.get("XDG_CACHE_HOME") or "")
    return (cache if cache.is_absolute() else Path.home() / ".cache") / "voicecbt" / "models"


class ModelsSettings(BaseSettings):
    """Where models lie and how they are run; every option is `VOICECBT_MODELS_<NAME>`."""

    model_config = SettingsConfigDict(env_prefix="VOICECBT_MODELS_", env_ignore_empty=True, frozen=True)

    dir: Path = Field(default_factory=default_models_dir, description="Folder of the fetched models")
    lock_timeout_s: float = Field(
        default=900.0,
        gt=0,
        description="Longest wait, in seconds, for another process that is fetching",
    )
    intra_op_threads: int = Field(default=1, ge=1, le=64, description="Threads that one ONNX inference may use")
    workers: int = Field(
        default=1,
        ge=1,
        le=64,
        description="Inferences of one model that may run at once",
    )
