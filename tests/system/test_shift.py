# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole shift with real processes: from edge to verified record."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig import StationRig


@pytest.mark.timeout(180)
def test_two_shifts_are_judged_sealed_anchored_and_verify(tmp_path: Path) -> None:
    with StationRig(tmp_path / "station", parts=40, rate_ppm=300) as rig:
        rig.open_shift()
        rig.wait_parts(20)
        first = rig.close_shift()
        assert first["sealed"] == "sealed"
        assert first["reconciliation"]["difference"] == 0
        rig.open_shift()
        rig.wait_parts(40)
        rig.wait_line_quiet()
        second = rig.close_shift()
        assert second["parts"] + first["parts"] == 40
        rig.wait_anchored()
        rig.stop()
        verdicts = rig.check_promises()
    truth = {part.plc_count: part.truth for part in rig.truth()}
    assert verdicts["PASS"] + verdicts["FAIL"] == 40
    wrong = [
        part["plc_count"]
        for part in rig.records("part")
        if (part["verdict"] == "PASS") != (truth[part["plc_count"]] == "good")
    ]
    assert wrong == [], "the demo model misjudged its own samples"
    assert "SIMULATED camera" in " ".join(rig.verify().not_checked)


@pytest.mark.long
@pytest.mark.timeout(180)
def test_random_faults_of_camera_and_line_cost_no_promise(tmp_path: Path) -> None:
    with StationRig(tmp_path / "station", parts=150, rate_ppm=400, faults=200, seed=5, feed="always") as rig:
        rig.open_shift()
        rig.wait_parts(140)
        rig.wait_line_quiet()
        rig.close_shift()
        rig.stop()
        verdicts = rig.check_promises()
        assert verdicts["PASS"] > 20
        assert sum(verdicts.values()) > 140


@pytest.mark.long
def test_ten_thousand_parts_with_random_faults(tmp_path: Path) -> None:
    with StationRig(tmp_path / "station", parts=10_000, rate_ppm=600, faults=50, seed=3, feed="always") as rig:
        rig.open_shift()
        rig.wait_parts(9_900, patience_s=3_600)
        rig.wait_line_quiet()
        rig.close_shift()
        rig.wait_anchored()
        rig.stop()
        verdicts = rig.check_promises()
        print(f"\nparts by verdict: {dict(verdicts)}")
        assert sum(verdicts.values()) >= 9_900
