# SPDX-License-Identifier: Apache-2.0
"""Compile the simulated camera, in place or into a file of another name.

Standard library only, and no import of the rest of the package: the build of the wheel loads this file alone.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).resolve().parent
PRODUCER_NAME = "simcam.cti"

WARNINGS = ("-Wall", "-Wextra", "-pedantic")
STRICT = ("-Werror",)  # for us only: a newer compiler's new warning must not stop an installation
SANITIZERS = ("-g", "-O1", "-fsanitize=address,undefined", "-fno-sanitize-recover=all")


class BuildError(Exception):
    """The simulated camera could not be compiled; the message says why and what to do."""


def producer_file() -> Path:
    """Where the compiled producer belongs."""
    return HERE / PRODUCER_NAME


def find_compiler() -> list[str]:
    """Find a C compiler: $CC, then cc, gcc, clang, then the ziglang package.

    Returns:
        The command and its first arguments.

    Raises:
        BuildError: When there is none.
    """
    chosen = os.environ.get("CC", "").strip()
    if chosen:
        return shlex.split(chosen)
    for name in ("cc", "gcc", "clang"):
        path = shutil.which(name)
        if path is not None:
            return [path]
    if importlib.util.find_spec("ziglang") is not None:
        return [sys.executable, "-m", "ziglang", "cc"]
    raise BuildError(
        "no C compiler found for the simulated camera. Install one (Debian: `apt install gcc`), or install ziglang"
        " (`pip install ziglang`, then `pip install --no-build-isolation`), or set CC to a compiler command"
    )


def write_generated(folder: Path) -> None:
    """Write the C headers that are made from the table of features into a folder."""
    # A package of its own name, because importing the real one would need all that it needs.
    name = "_simulator_sources"
    package = ModuleType(name)
    package.__path__ = [str(HERE)]
    sys.modules[name] = package
    try:
        generate = importlib.import_module(f"{name}.generate")
        (folder / "generated.h").write_text(generate.c_names(), encoding="utf-8")
        (folder / "generated_tables.h").write_text(generate.c_tables(), encoding="utf-8")
    finally:
        for loaded in [module for module in sys.modules if module.partition(".")[0] == name]:
            del sys.modules[loaded]


def sources() -> list[Path]:
    """All C files and what else the result depends on, sorted."""
    return sorted([*HERE.glob("src/*.[ch]"), *(HERE / name for name in ("features.py", "generate.py", "build.py"))])


def is_current(target: Path) -> bool:
    """Whether the target is at least as new as everything it is made from."""
    if not target.is_file():
        return False
    made = target.stat().st_mtime_ns
    return all(source.stat().st_mtime_ns <= made for source in sources())


def _libraries(windows: bool) -> list[str]:
    return ["-lws2_32"] if windows else ["-lpthread", "-lm", "-ldl"]


def compile_producer(target: Path, options: tuple[str, ...] = ("-O2",), compiler: list[str] | None = None) -> Path:
    """Compile and link the producer.

    Args:
        target: File to write; it appears complete or not at all.
        options: Compiler options besides the standard ones, for example sanitizers or a cross target.
        compiler: Command of the compiler; found by `find_compiler` when None.

    Returns:
        The target.

    Raises:
        BuildError: When the compiler is missing or refuses the sources; carries its output.
    """
    command = compiler if compiler is not None else find_compiler()
    windows = os.name == "nt" or any("windows" in option for option in options)
    with tempfile.TemporaryDirectory(prefix="simcam-") as temporary:
        folder = Path(temporary)
        write_generated(folder)
        built = folder / PRODUCER_NAME
        arguments = ["-std=c11", *WARNINGS, "-shared", "-fvisibility=hidden", *options]
        if not windows:
            arguments.append("-fPIC")
        files = [str(source) for source in sources() if source.suffix == ".c"]
        line = [*command, *arguments, "-I", str(folder), "-I", str(HERE / "src"), "-o", str(built), *files]
        try:
            result = subprocess.run([*line, *_libraries(windows)], capture_output=True, text=True, check=False)  # noqa: S603
        except OSError as error:
            raise BuildError(f"the C compiler {command[0]} cannot be started: {error}. Check CC") from error
        if result.returncode != 0:
            raise BuildError(f"the C compiler {command[0]} failed:\n{result.stderr.strip()}")
        target.parent.mkdir(parents=True, exist_ok=True)
        staged = target.with_name(f"{target.name}.{os.getpid()}.tmp")
        try:
            shutil.copyfile(built, staged)
            staged.replace(target)
        finally:
            staged.unlink(missing_ok=True)
    return target


def main(arguments: list[str] | None = None) -> int:
    """Command line entry; the exit code is 0 when the producer is there."""
    parser = argparse.ArgumentParser(prog=f"python -m {__package__}.build", description=__doc__)
    parser.add_argument("target", nargs="?", type=Path, default=producer_file(), help="file to write")
    parser.add_argument("--force", action="store_true", help="compile even when nothing changed")
    parser.add_argument("--sanitize", action="store_true", help="with AddressSanitizer and UBSan, for tests")
    chosen = parser.parse_args(arguments)
    if not chosen.force and not chosen.sanitize and is_current(chosen.target):
        return 0
    options = (*STRICT, *SANITIZERS) if chosen.sanitize else ("-O2",)
    try:
        compile_producer(chosen.target, options)
    except BuildError as error:
        sys.stderr.write(f"error: {error}\n")
        return 1
    sys.stdout.write(f"{chosen.target}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
