# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kill -9 of the screens and of the api while parts run, and while a shift is closed: no part notices."""

from __future__ import annotations

import os
import random
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psutil
import pytest

from inspector.api.client import ApiClient
from inspector.errors import ApiError
from inspector.ipc import RunDirectory
from tests.rig import StationRig, until

JUDGED = {"PASS", "FAIL", "NO_DECISION"}
PATIENT = """
[line]
decide_by_ms = 3000
confirm_by_ms = 8000
heartbeat_lost_ms = 5000
"""
"""A computer that runs other tests beside this one stalls for longer than a line would allow it to."""
PATIENT_CAMERA = "frame_timeout_ms = 2500\nring_slots = 32\nfeatures ="
"""The same for pictures."""


class Screens:
    """`inspector gui` of a station, as a process of its own."""

    def __init__(self, rig: StationRig) -> None:
        self._rig = rig
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        command = [sys.executable, "-m", "inspector.cli", "gui", "--size", "1280x800"]
        with (self._rig.directory / "logs" / "gui.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--station", str(self._rig.directory)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env={**os.environ, "QT_QPA_PLATFORM": "offscreen"},
            )

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def wait_until_they_listen(self) -> None:
        """Until the process has a connection to the api that stays: its stream of events."""
        assert self._process is not None
        screens, run = psutil.Process(self._process.pid), RunDirectory(self._rig.directory)

        def listens() -> bool:
            connections = screens.net_connections("tcp")
            return any(c.status == psutil.CONN_ESTABLISHED and c.raddr.port == run.port_of("api") for c in connections)

        until(listens, "screens that listen to the api")


def kill_during_a_run(folder: Path, kills: int, rate_ppm: int) -> str:
    """So many kills of the screens, at any moment of their lives, and as many of the api under their eyes.

    Returns:
        What was seen, for people.
    """
    moments = random.Random(kills)
    rig = StationRig(folder, rate_ppm=rate_ppm, decide_at_ms=3200, confirm_at_ms=3500, watchdog_ms=5000)
    settings = folder / "station.toml"
    settings.write_text(settings.read_text().replace("features =", PATIENT_CAMERA) + PATIENT)
    with rig:
        screens = Screens(rig)
        try:
            rig.open_shift()
            rig.wait_parts(3)
            for number in range(kills):
                screens.start()
                if number % 2:
                    time.sleep(moments.uniform(0.0, 2.0))  # while it starts, or just after
                else:
                    screens.wait_until_they_listen()
                if number % 3 == 0:
                    rig.kill("api")
                    screens.kill()
                else:
                    screens.kill()
                    rig.kill("api")
                wait_for_another_api(rig, number + 1)
        finally:
            screens.kill()
        rig.wait_parts(len([part for part in rig.truth() if part.lane]) + 5)
        status = rig.status()
        close_while_the_api_is_killed(rig)
        rig.wait_line_quiet()
        rig.wait_anchored()
        restarts = rig.restarts()
        rig.stop()
        verdicts = rig.check_promises()
    (closed,) = rig.records("shift-close")
    assert closed["reconciliation"]["difference"] == 0
    assert closed["reconciliation"]["note"] == ""
    assert closed["reconciliation"]["independent"]["differences"] == []
    assert closed["counts"]["parts"] == verdicts.total() == len(rig.truth())
    assert set(verdicts) <= JUDGED, "a part was late or without a picture"
    assert {part["confirmed"] for part in rig.records("outcome")} <= {"good", "reject"}
    assert rig.records("gap") == []
    assert [record for record in rig.records("state") if record["state"] == "not-ready"] == [], "Ready dropped"
    assert {name for name, times in restarts.items() if times} == {"api"}
    return (
        f"{kills} kills of the screens, {restarts['api']} of the api: {verdicts.total()} parts, {dict(verdicts)}; "
        f"trigger to commit, ms: { ({name: round(us / 1000) for name, us in status['latency_us'].items()}) }"
    )


def close_while_the_api_is_killed(rig: StationRig) -> None:
    """Who closes the shift never hears of it: the station has heard, and goes on with it."""
    until(lambda: rig.pid("api") is not None and answers(rig), "an api that answers")
    with ApiClient(rig.directory) as client, ThreadPoolExecutor(1) as pool:
        asked = pool.submit(client.close_shift, "op-1")
        until(lambda: rig.status()["state"] == "CLOSING", "a belt that is drained")
        rig.kill("api")
        with pytest.raises(ApiError):
            asked.result()
    until(lambda: rig.status()["shift"] is None, "the end of the shift")


def answers(rig: StationRig) -> bool:
    """Whether the api reaches the station."""
    try:
        with ApiClient(rig.directory) as client:
            return client.status().ready
    except ApiError:
        return False


def wait_for_another_api(rig: StationRig, times: int) -> None:
    """Until the supervisor has started it so many times anew: the next kill is to hit a live one."""
    until(lambda: rig.restarts().get("api", 0) >= times, "an api process again")


@pytest.mark.long
@pytest.mark.timeout(300)
def test_the_screens_and_the_api_killed_while_parts_run(tmp_path: Path) -> None:
    kill_during_a_run(tmp_path / "station", kills=3, rate_ppm=200)


@pytest.mark.long
def test_fifty_kills_of_the_screens_and_of_the_api(tmp_path: Path) -> None:
    print(f"\n{kill_during_a_run(tmp_path / 'station', kills=50, rate_ppm=200)}")
