# SPDX-License-Identifier: AGPL-3.0-or-later
"""How a process of the station ends."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import camera_configs
import data_samples
from inspector.station_directory import NewStation, create_station

PROGRAM = """
import ctypes, os, sys, threading
from inspector import child as surroundings
from inspector.child import run_child

def fail():
    raise MemoryError("no memory")

def body(child):
    {body}
    assert child.stop.wait(30)

sys.exit(run_child(body, "a process for tests"))
"""


@pytest.fixture(scope="module")
def station(tmp_path_factory: pytest.TempPathFactory) -> Path:
    directory = tmp_path_factory.mktemp("child") / "station"
    new = NewStation(
        name="child",
        model=data_samples.model_dir(),
        recipe=data_samples.recipe_file(),
        features=camera_configs.path("simulated"),
        images=data_samples.images_dir(),
    )
    create_station(directory, new, "a passphrase for tests")
    return directory


def end_of(station: Path, body: str, *, orphan: bool) -> tuple[int, str]:
    command = [sys.executable, "-c", PROGRAM.format(body=body), "--station", str(station)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stderr is not None
        if orphan:
            process.stdin.close()
        words = process.stderr.read()
        return process.wait(60), words


def test_a_process_that_loses_a_thread_ends(station: Path) -> None:
    code, words = end_of(station, 'threading.Thread(target=fail, name="reader").start()', orphan=False)
    assert code == 1
    assert "MemoryError: no memory" in words
    assert "reader died" in words


def test_a_process_without_its_supervisor_ends(station: Path) -> None:
    assert end_of(station, "pass", orphan=True) == (0, "")


def test_a_process_whose_loop_hangs_in_a_library_ends_and_says_where(station: Path) -> None:
    # Keeps Python's lock while it waits, as genicam does when a register does not answer.
    body = (
        "surroundings.STUCK_S = 2; assert child.goes_on(); "
        'ctypes.PyDLL("kernel32").Sleep(60000) if os.name == "nt" else ctypes.PyDLL(None).sleep(60)'
    )
    code, words = end_of(station, body, orphan=False)
    assert code == 1
    assert "Timeout" in words
    assert "in body" in words


def test_a_process_whose_loop_turns_goes_on(station: Path) -> None:
    body = "surroundings.STUCK_S = 5; [child.goes_on() and child.stop.wait(0.2) for _ in range(32)]; child.stop.set()"
    assert end_of(station, body, orphan=False)[0] == 0
