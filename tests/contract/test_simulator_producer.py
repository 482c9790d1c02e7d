# SPDX-License-Identifier: AGPL-3.0-or-later
"""The simulated camera's GenTL functions, called from C under AddressSanitizer and UBSan."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from inspector.camera.simulator import build

C_FOLDER = Path(__file__).resolve().parents[1] / "c"
WINDOWS = sys.platform == "win32"  # where the compilers at hand have no sanitizer runtime
SANITIZERS = () if WINDOWS else build.SANITIZERS
CASES = (
    "software_trigger",
    "line_trigger",
    "free_run",
    "single_and_multi_frame",
    "buffer_too_small",
    "composite_buffers",
    "optional_functions",
    "underrun",
    "chunks",
    "faults",
    "device_lost",
    "loss_event",
    "camera_events",
    "waiting_for_loss_is_ended",
    "invalid_handles",
    "queues",
    "information_rules",
    "register_rules",
    "waiting_is_ended",
    "two_cameras",
    "malformed_commands",
    "fuzz_commands",
)


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """The producer and the driver, both with sanitizers."""
    folder = tmp_path_factory.mktemp("simcam")
    build.write_generated(folder)
    producer = build.compile_producer(folder / "simcam.cti", (*build.STRICT, *SANITIZERS))
    driver = folder / "driver"
    source = build.HERE / "src"
    shared = ("description.c", "platform.c", "platform_socket.c")
    files = [*sorted(C_FOLDER.glob("*.c")), *(source / name for name in shared)]
    command = [*build.find_compiler(), "-std=c11", *build.WARNINGS, *build.STRICT, *SANITIZERS, "-I", str(folder)]
    command += ["-I", str(source), "-o", str(driver), *map(str, files)]
    command += ["-lws2_32"] if WINDOWS else ["-lpthread", "-ldl", "-lm"]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    return producer, driver


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Four images of 32 x 24 px; image k is filled with 10 k."""
    folder = tmp_path / "images"
    folder.mkdir()
    for number in range(4):
        pixels = bytes([10 * number]) * (32 * 24)
        (folder / f"{number}.pgm").write_bytes(b"P5\n# a comment\n32 24\n255\n" + pixels)
    return folder


def run_case(built: tuple[Path, Path], name: str, tmp_path: Path, images: Path) -> subprocess.CompletedProcess[str]:
    endpoint = tmp_path / "endpoint.json"
    environment = os.environ | {
        "INSPECTOR_SIMULATOR_IMAGES": str(images),
        "INSPECTOR_SIMULATOR_ENDPOINT": str(endpoint),
        "INSPECTOR_SIMULATOR_TRACE": str(tmp_path / "trace.txt"),
        "ASAN_OPTIONS": "detect_leaks=1",
    }
    command = [str(built[1]), str(built[0]), name]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=60, check=False)
    assert not endpoint.exists(), "the endpoint file outlives the library"
    return result


@pytest.mark.parametrize("name", CASES)
def test_case_is_clean(built: tuple[Path, Path], name: str, tmp_path: Path, images: Path) -> None:
    result = run_case(built, name, tmp_path, images)
    assert result.returncode == 0, result.stderr
    assert result.stderr == ""
    assert (tmp_path / "trace.txt").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "holds no .pgm or .ppm file"),
        (b"", "is not a PGM or PPM file"),
        (b"P2\n1 1\n255\n0", "is not a binary PGM (P5) or PPM (P6) file"),
        (b"P5\n0 4\n255\n", "has no usable width and height"),
        (b"P5\n99999999999 4\n255\n", "has no usable width and height"),
        (b"P5\n4", "has no usable width and height"),
        (b"P5\n4 4\n65535\n" + bytes(32), "does not have 8 bits per sample"),
    ],
)
def test_unusable_folder_is_named(
    built: tuple[Path, Path], tmp_path: Path, content: bytes | None, message: str
) -> None:
    folder = tmp_path / "bad"
    folder.mkdir()
    if content is not None:
        (folder / "a.pgm").write_bytes(content)
    result = run_case(built, "unusable_images", tmp_path, folder)
    assert result.returncode == 0, result.stderr
    assert message in result.stdout
    assert str(folder) in result.stdout


def test_missing_folder_is_named(built: tuple[Path, Path], tmp_path: Path) -> None:
    result = run_case(built, "unusable_images", tmp_path, tmp_path / "nowhere")
    assert "nowhere cannot be read" in result.stdout


def test_truncated_image_is_an_incomplete_frame(built: tuple[Path, Path], tmp_path: Path, images: Path) -> None:
    for picture in images.iterdir():
        picture.write_bytes(picture.read_bytes()[:-5])
    result = run_case(built, "truncated_file", tmp_path, images)
    assert result.returncode == 0, result.stderr


def test_damaged_headers_are_survived(built: tuple[Path, Path], tmp_path: Path, images: Path) -> None:
    result = run_case(built, "fuzz_images", tmp_path, images)
    assert result.returncode == 0, result.stderr
    assert "simulated camera: image 0.pgm" in result.stderr


def test_two_processes_at_once(built: tuple[Path, Path], tmp_path: Path, images: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        folders = [tmp_path / "left", tmp_path / "right"]
        for folder in folders:
            folder.mkdir()
        results = list(pool.map(lambda folder: run_case(built, "two_cameras", folder, images), folders))
    assert [(result.returncode, result.stderr) for result in results] == [(0, ""), (0, "")]


def test_missing_compiler_is_explained(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("CC", raising=False)
    monkeypatch.setattr(shutil, "which", lambda name: None)
    monkeypatch.setattr(build.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(build.BuildError, match="Install one"):
        build.compile_producer(tmp_path / "x.cti")
    assert build.main([str(tmp_path / "x.cti")]) == 1


def test_compiler_errors_are_shown(tmp_path: Path) -> None:
    with pytest.raises(build.BuildError, match=r"unrecognized|unknown"):
        build.compile_producer(tmp_path / "x.cti", ("-fno-such-option-at-all",))
    assert list(tmp_path.iterdir()) == []
