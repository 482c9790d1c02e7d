# SPDX-License-Identifier: AGPL-3.0-or-later
"""No test leaves a thread, a process or shared memory behind."""

from __future__ import annotations

import gc
import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from hypothesis import HealthCheck, settings

from gui.shell.collector import collect_due

# A machine with other things to do is slow; that says nothing about the code.
# Each run draws other examples: fewer of them keep the whole run short, and many runs still see many.
settings.register_profile("inspector", deadline=None, max_examples=60, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("inspector")

GRACE_S = 5.0
"""What is on its way out may take this long, on a machine with other things to do."""

TRACKER = "multiprocessing.resource_tracker"
"""Python starts it with the first pool of processes and keeps it until its own end."""


@pytest.fixture(autouse=True)
def cycles_end_in_the_main_thread() -> Iterator[None]:
    """As in the application: windows of a test before are destroyed by no thread of the next one."""
    gc.disable()
    yield
    gc.collect(1)  # what this test made is young
    collect_due()


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves threads, child processes or image rings behind; what a wider fixture holds may stay."""
    folder: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    threads = set(threading.enumerate())
    children = {child.pid for child in psutil.Process().children(recursive=True)}
    yield

    def left() -> list[str]:
        new_threads = [f"thread {thread.name}" for thread in threading.enumerate() if thread not in threads]
        return new_threads + _new_children(children) + _rings(folder)

    until = time.monotonic() + GRACE_S
    while (found := left()) and time.monotonic() < until:
        time.sleep(0.02)
    if found:
        pytest.fail(f"left behind: {', '.join(found)}")


def _new_children(known: set[int]) -> list[str]:
    found = []
    for child in psutil.Process().children(recursive=True):
        try:
            command = " ".join(child.cmdline())
            if child.pid not in known and TRACKER not in command:
                found.append(f"process {command}")
        except psutil.NoSuchProcess:
            continue
    return found


def _rings(folder: Path | None) -> list[str]:
    """Rings of stations in the test's folder that still exist: others on this machine may run stations too."""
    if folder is None:
        return []
    return [
        f"shared memory {name}"
        for state in folder.glob("*/run/rings.json")
        for name in json.loads(state.read_bytes())
        if (Path("/dev/shm") / name).exists()
    ]
