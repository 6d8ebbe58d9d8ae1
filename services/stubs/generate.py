"""Generates `src/voicecbt/stubs` from `protos/`; with `--check`, says what has drifted instead.

The generated modules live under `voicecbt.stubs`, one level below where protoc would put them, because
`voicecbt.<service>` is the service itself. Only import paths are rewritten; the wire names stay.
"""

import argparse
import filecmp
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import grpc_tools
from grpc_tools import protoc

ROOT = Path(__file__).resolve().parents[2]
PROTOS = ROOT / "protos"
TARGET = Path(__file__).resolve().parent / "src/voicecbt/stubs"
WELL_KNOWN_TYPES = Path(grpc_tools.__file__).parent / "_proto"

IMPORT = re.compile(r"^(from|import) (voicecbt\.|buf\.)", re.MULTILINE)


def main() -> int:
    """Returns 0 when the stubs are (now) those of the protos, 1 when `--check` found a difference."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="fail when the checked-in stubs differ from the protos")
    check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "stubs"
        generate(fresh)
        if not check:
            shutil.rmtree(TARGET, ignore_errors=True)
            shutil.copytree(fresh, TARGET)
            return 0
        drifted = sorted(differences(fresh, TARGET))
    for path in drifted:
        print(f"{path}: differs from protos/; run `make stubs` and commit the result")
    return 1 if drifted else 0


def generate(target: Path) -> None:
    """Writes the package `voicecbt.stubs` for every proto file into `target`."""
    raw = target.parent / "raw"
    raw.mkdir(parents=True)
    files = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    outputs = [f"--{kind}_out={raw}" for kind in ("python", "grpc_python", "mypy", "mypy_grpc")]
    if protoc.main(["protoc", f"-I{PROTOS}", f"-I{WELL_KNOWN_TYPES}", *outputs, *files]) != 0:
        raise SystemExit("protoc failed; its messages are above")
    for source in sorted(raw.rglob("*.py*")):
        text = source.read_text()
        if source.name.endswith(("_pb2_grpc.py", "_pb2_grpc.pyi")) and not declares_service(text):
            continue
        relative = source.relative_to(raw)
        relative = relative.relative_to("voicecbt") if relative.parts[0] == "voicecbt" else relative
        destination = target / relative
        destination.parent.mkdir(parents=True, exist_ok=True)
        destination.write_text(IMPORT.sub(moved, text))
    for folder in [target, *(path for path in target.rglob("*") if path.is_dir())]:
        (folder / "__init__.py").touch()
    (target / "py.typed").touch()


def moved(match: re.Match[str]) -> str:
    package = "" if match[2] == "voicecbt." else match[2]
    return f"{match[1]} voicecbt.stubs.{package}"


def declares_service(generated: str) -> bool:
    return "ServiceStub" in generated


def differences(fresh: Path, checked_in: Path) -> Iterator[str]:
    """Yields the relative paths that exist on one side only or differ in content."""
    ours, theirs = (
        {str(p.relative_to(side)) for p in side.rglob("*.py*") if "__pycache__" not in p.parts}
        for side in (fresh, checked_in)
    )
    yield from ours ^ theirs
    _, different, errors = filecmp.cmpfiles(fresh, checked_in, sorted(ours & theirs), shallow=False)
    yield from different + errors


if __name__ == "__main__":
    sys.exit(main())
