# SPDX-License-Identifier: AGPL-3.0-or-later
"""Kill -9 of each process at random moments: no part lost, none let through unjudged, nothing left behind."""

from __future__ import annotations

import random
import time
from pathlib import Path

import pytest

from tests.rig import StationRig

ROLES = ("line", "camera-cam1", "station", "api", "anchor")


def finish(rig: StationRig) -> None:
    """Let the belt run dry, close, anchor, stop; then the oracle can speak."""
    rig.stop_belt()
    rig.wait_line_quiet()
    result = rig.close_shift()
    assert result["sealed"] == "sealed"
    rig.wait_anchored()
    rig.stop()


@pytest.mark.timeout(300)
def test_each_process_killed_once(tmp_path: Path) -> None:
    random_moments = random.Random(7)
    with StationRig(tmp_path / "station", feed="always", rate_ppm=300) as rig:
        rig.open_shift()
        rig.wait_parts(5)
        for role in (*ROLES, "supervisor"):
            before = rig.all_records()
            if role == "supervisor":
                rig.kill_supervisor()
                rig.start()
            else:
                rig.kill(role)
            rig.wait_ready()
            rig.wait_parts(len([part for part in rig.truth() if part.lane]) + 5)
            assert rig.all_records()[: len(before)] == before, "a committed record changed or went"
            time.sleep(random_moments.uniform(0, 0.2))
        finish(rig)
        verdicts = rig.check_promises()
        assert verdicts["PASS"] > 0


@pytest.mark.long
def test_a_hundred_kills_of_each_process(tmp_path: Path) -> None:
    rounds, random_moments = 100, random.Random(11)
    with StationRig(tmp_path / "station", feed="always", rate_ppm=600) as rig:
        rig.open_shift()
        rig.wait_parts(5)
        victims = [role for role in (*ROLES, "supervisor") for _ in range(rounds)]
        random_moments.shuffle(victims)
        before: list[dict[str, object]] = []
        for number, role in enumerate(victims):
            time.sleep(random_moments.uniform(0.05, 2.0))
            if role == "supervisor":
                rig.kill_supervisor()
                rig.start()
            else:
                rig.kill(role)
            if number % 20 == 0:
                records = rig.all_records()
                assert records[: len(before)] == before, "a committed record changed or went"
                before = records
        rig.wait_ready()
        rig.wait_parts(len([part for part in rig.truth() if part.lane]) + 20)
        finish(rig)
        verdicts = rig.check_promises()
        print(f"\n{len(victims)} kills, parts by verdict: {dict(verdicts)}")
        assert verdicts["PASS"] > 0
