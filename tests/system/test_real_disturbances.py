# SPDX-License-Identifier: AGPL-3.0-or-later
"""Every disturbance of the simulated plant with real processes in real time: alone, and each with each other."""

from __future__ import annotations

import itertools
import time
from pathlib import Path

import psutil
import pytest

from inspector.line.plant.feed import Disturbance
from tests.rig import StationRig, until

PARTS = 40
PAIRS = list(itertools.combinations(Disturbance, 2))


def run_disturbed(directory: Path, kinds: list[str], seed: int) -> None:
    """A short shift in which every fifth part is disturbed; its promises hold."""
    options = {"parts": PARTS, "rate_ppm": 600, "faults": 200, "seed": seed, "feed": "always"}
    with StationRig(directory, disturbances=kinds, **options) as rig:
        rig.open_shift()
        rig.wait_parts(PARTS - 2)
        rig.wait_line_quiet()
        assert rig.close_shift()["sealed"] == "sealed"
        rig.stop()
        assert sum(rig.check_promises().values()) > 0


@pytest.mark.long
@pytest.mark.parametrize("kind", list(Disturbance))
def test_one_disturbance_in_real_time(tmp_path: Path, kind: Disturbance) -> None:
    run_disturbed(tmp_path / "station", [kind], seed=3)


@pytest.mark.long
@pytest.mark.parametrize("pair", PAIRS, ids="+".join)
def test_two_disturbances_in_real_time(tmp_path: Path, pair: tuple[str, str]) -> None:
    run_disturbed(tmp_path / "station", list(pair), seed=5)


@pytest.mark.long
@pytest.mark.parametrize("role", ["line", "camera-cam1", "station"])
def test_a_process_that_stands_still_for_a_while(tmp_path: Path, role: str) -> None:
    with StationRig(tmp_path / "station", feed="always", rate_ppm=300) as rig:
        rig.open_shift()
        for pause_s in (0.3, 1.0, 3.0):
            rig.wait_ready()
            pid = rig.pid(role)
            assert pid is not None
            process = psutil.Process(pid)
            process.suspend()
            time.sleep(pause_s)
            process.resume()
        until(lambda: rig.status()["counts"]["PASS"] > 0, "a part that passes again")
        rig.wait_parts(len([part for part in rig.truth() if part.lane]) + 20)
        rig.stop_belt()
        rig.wait_line_quiet()
        assert rig.close_shift()["sealed"] == "sealed"
        rig.stop()
        assert rig.check_promises()["PASS"] > 0
