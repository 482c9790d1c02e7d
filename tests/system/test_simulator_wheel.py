# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera's own wheel: built as a user would, it works in a place that knows nothing of the station."""

from __future__ import annotations

import ast
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SIMULATOR = ROOT / "inspector" / "camera" / "simulator"
PIP = (sys.executable, "-m", "pip", "-q", "--disable-pip-version-check")
WITHOUT_STATION = "import sys; sys.modules['inspector'] = None\n"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, built offline from a copy of the folder alone."""
    source = tmp_path_factory.mktemp("source") / "simulator"
    shutil.copytree(SIMULATOR, source, ignore=shutil.ignore_patterns("__pycache__", "*.cti", "*.egg-info"))
    target = tmp_path_factory.mktemp("wheel")
    options = ("--no-index", "--no-deps", "--no-build-isolation", "-w", str(target), str(source))
    subprocess.run([*PIP, "wheel", *options], check=True, capture_output=True)
    (built,) = target.glob("*.whl")
    assert not (source / "build").exists()
    return built


@pytest.fixture(scope="module")
def site(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("site")
    subprocess.run([*PIP, "install", "--no-index", "--no-deps", "--target", str(target), str(wheel)], check=True)
    return target


def run(site: Path, folder: Path, program: str) -> str:
    """Run a program that finds the installed package, the libraries of this environment, and no `inspector`."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("INSPECTOR", "PYTHON", "CC"))}
    result = subprocess.run(
        [sys.executable, "-c", WITHOUT_STATION + program],
        cwd=folder,
        env={**kept, "PYTHONPATH": str(site)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 0, result.stderr
    return result.stdout


def test_the_wheel_is_one_per_platform_and_free_to_use(wheel: Path) -> None:
    assert re.fullmatch(r"gentl_simulator-[0-9.]+-py3-none-(linux_|win_|macosx_)[a-z0-9_]+\.whl", wheel.name)
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
        (metadata,) = [archive.read(name).decode() for name in names if name.endswith("/METADATA")]
        (licence,) = [archive.read(name) for name in names if name.endswith("/licenses/LICENSE")]
    assert "\nLicense-Expression: Apache-2.0\n" in metadata
    assert licence == (ROOT / "LICENSES" / "Apache-2.0.txt").read_bytes()
    modules = {path.relative_to(SIMULATOR).as_posix() for path in SIMULATOR.rglob("*.[ch]")}
    modules |= {path.name for path in SIMULATOR.glob("*.py")} | {"simcam.cti", "py.typed"}
    assert {name for name in names if ".dist-info/" not in name} == {f"gentl_simulator/{name}" for name in modules}


def test_its_sources_import_nothing_of_the_station() -> None:
    for path in SIMULATOR.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                assert not [name.name for name in node.names if name.name.startswith("inspector")], path
            if isinstance(node, ast.ImportFrom):
                assert not (node.module or "").startswith("inspector") and node.level < 2, path


def example_of_the_page(number: int) -> str:
    """A program in the README, counted from 1."""
    return (SIMULATOR / "README.md").read_text(encoding="utf-8").split("```python\n")[number].partition("```")[0]


def test_five_lines_take_a_picture(site: Path, tmp_path: Path) -> None:
    example = example_of_the_page(1)
    _, _, body = example.partition("with Harvester() as harvester:\n")
    assert len(body.splitlines()) == 5
    assert "480" in run(site, tmp_path, example), "the height of the built-in pattern"


def test_the_example_takes_pictures_and_a_fault(site: Path, tmp_path: Path) -> None:
    """The longer program in the README: created, triggered, fetched, and the light fails on command."""
    example = example_of_the_page(2)
    shown = re.findall(r'"(frame \d, mean \d+)"', example)
    assert len(shown) == 2
    assert run(site, tmp_path, example).splitlines() == shown
    assert [path.name for path in tmp_path.iterdir()] == [], "the endpoint file outlives the program"


def test_errors_are_the_packages_own(site: Path, tmp_path: Path) -> None:
    program = (
        "from pathlib import Path; from gentl_simulator import SimulatorError, images\n"
        "try: images.prepare_images(Path('nowhere'), Path('out'), 'mono')\n"
        "except SimulatorError as error: print(error)\n"
    )
    assert run(site, tmp_path, program) == "the image folder nowhere does not exist. Name a folder with pictures\n"
