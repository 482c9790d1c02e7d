# SPDX-License-Identifier: AGPL-3.0-or-later
"""The wheel holds all that a station needs and nothing else; installed elsewhere, it runs the demo."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCES = (
    *("inspector", "gui", "training", "ledger_anchor", "camera_configs", "data_samples"),
    *("LICENSES", "LICENSE", "README.md", "pyproject.toml", "setup.py"),
)
RUNTIME_MB = 900
NEEDED = (
    "inspector/auditor/verify.html",
    "camera_configs/simulated.toml",
    "camera_configs/basler-ace.toml",
    "data_samples/images/labels.json",
    "data_samples/model/model.json",
    "data_samples/recipes/disc.toml",
    "gui/run/screen.py",
    "inspector/camera/simulator/simcam.cti",
    "inspector/camera/simulator/src/library.c",
    "inspector/line/journal.sql",
    "inspector/py.typed",
    "inspector/store/migrations/0001_records.sql",
    "inspector/store/migrations/0002_challenges.sql",
    "ledger_anchor/py.typed",
    "training/commands.py",
)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built from a copy of the sources, so that nothing lands in the checkout."""
    source = tmp_path_factory.mktemp("source")
    for name in SOURCES:
        here = ROOT / name
        if here.is_dir():
            shutil.copytree(here, source / name, ignore=shutil.ignore_patterns("__pycache__", "*.cti"))
        else:
            shutil.copyfile(here, source / name)
    target = tmp_path_factory.mktemp("wheel")
    subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(target), str(source)],
        check=True,
        capture_output=True,
    )
    (built,) = target.glob("*.whl")
    return built


@pytest.fixture
def names(wheel: Path) -> Iterator[list[str]]:
    with zipfile.ZipFile(wheel) as archive:
        yield archive.namelist()


def test_one_wheel_per_platform_for_every_python(wheel: Path) -> None:
    assert re.fullmatch(r"inspector_station-[0-9.]+-py3-none-(linux_|win_|macosx_)[a-z0-9_]+\.whl", wheel.name)


def test_everything_that_a_station_needs_is_inside(names: list[str]) -> None:
    assert [name for name in NEEDED if name not in names] == []
    weights = [name for name in names if name.startswith("data_samples/model/") and name.endswith((".onnx", ".bin"))]
    assert len(weights) == 1
    assert len([name for name in names if name.startswith("data_samples/images/") and name.endswith(".jpg")]) >= 20
    licences = {name.split("/licenses/")[1] for name in names if "/licenses/" in name}
    assert licences == {"LICENSE", "LICENSES/Apache-2.0.txt"}


def test_nothing_else_is_inside(wheel: Path, names: list[str]) -> None:
    tops = {name.split("/")[0] for name in names if ".dist-info/" not in name}
    assert tops == {"inspector", "gui", "training", "ledger_anchor", "camera_configs", "data_samples"}
    assert not [name for name in names if name.endswith((".o", ".pyc", ".pt")) or "/tests/" in name]
    pictures = [name for name in names if name.endswith((".jpg", ".png"))]
    assert {name.rsplit("/", 1)[0] for name in pictures} <= {"data_samples/images"}
    assert wheel.stat().st_size < 20_000_000


def test_every_module_of_the_checkout_is_inside(names: list[str]) -> None:
    modules = {
        path.relative_to(ROOT).as_posix()
        for package in SOURCES[:6]
        for path in (ROOT / package).rglob("*.py")
        if "__pycache__" not in path.parts
    }
    assert modules - set(names) == set()


def bare_environment(scripts: Path) -> dict[str, str]:
    """A PATH without a compiler, and nothing that leads back to this checkout or its environment."""
    dropped = ("PYTHON", "VIRTUAL_ENV", "CC", "CXX")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(dropped)}
    return {**kept, "PATH": str(scripts)}


def test_unpacked_wheel_runs_the_demo_without_checkout_and_compiler(wheel: Path, tmp_path: Path) -> None:
    """As `pip install` would leave it, beside the libraries that are here anyway: the short form of the next test."""
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    program = "import sys, inspector.cli; assert 'site' in inspector.cli.__file__; sys.exit(inspector.cli.main())"
    environment = {**bare_environment(tmp_path), "PYTHONPATH": str(site)}
    demo = subprocess.run(
        [sys.executable, "-c", program, "demo", "--headless", "--parts", "5", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    answer = json.loads(demo.stdout)
    assert answer["verification"]["verdict"] == "VERIFIED"
    assert answer["shift"]["parts"] == 5


def size_mb(folder: Path) -> float:
    return sum(path.lstat().st_size for path in folder.rglob("*")) / 1e6


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_installed_elsewhere_it_runs_the_demo_and_stays_small(wheel: Path, tmp_path: Path) -> None:
    """A fresh environment from the package index, with the pinned versions and wheels only: nothing is compiled."""
    home = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", str(home)], check=True)
    scripts = home / ("Scripts" if sys.platform == "win32" else "bin")
    environment = bare_environment(scripts)

    def install(what: str) -> float:
        options = ["-q", "--disable-pip-version-check", "--only-binary", ":all:", "-c", str(ROOT / "constraints.txt")]
        subprocess.run(
            [str(scripts / "python"), "-m", "pip", "install", *options, what],
            check=True,
            env=environment,
            cwd=tmp_path,
        )
        return size_mb(home)

    runtime_mb = install(str(wheel))
    demo = subprocess.run(
        [str(scripts / "inspector"), "demo", "--headless", "--parts", "10", "--json"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert demo.returncode == 0, demo.stderr
    assert json.loads(demo.stdout)["verification"]["verdict"] == "VERIFIED"
    gui_mb = install(f"{wheel}[gui]")
    print(f"\nruntime install {runtime_mb:.0f} MB, with the screen {gui_mb:.0f} MB")
    assert gui_mb < RUNTIME_MB
