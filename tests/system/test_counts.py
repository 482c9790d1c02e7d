# SPDX-License-Identifier: AGPL-3.0-or-later
"""A shift with disturbed sensors: each counter says what it saw, differences are named, and nobody closes over them."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from inspector.errors import CountsDiffer
from tests.rig import StationRig


@pytest.mark.long
@pytest.mark.timeout(240)
def test_counters_beside_the_records_show_what_was_disturbed(tmp_path: Path) -> None:
    with StationRig(tmp_path / "station", parts=30, rate_ppm=400, faults=300, seed=368) as rig:
        rig.open_shift()
        rig.wait_parts(30)
        rig.wait_line_quiet()
        truth = rig.truth()
        disturbed = Counter(part.disturbance for part in truth)
        bounces = sum(1 for part in truth if part.disturbance == "bounce" and not part.image)
        missed = disturbed["missed-pulse"]
        with pytest.raises(CountsDiffer) as refused:
            rig.close_shift(note="", removed_by_hand=2)
        assert "removed by hand show 2 parts more than the records" in refused.value.message
        assert rig.status()["state"] == "RUNNING", "the shift is open again"
        closed = rig.close_shift(note="wire of the camera mended")
        independent = closed["reconciliation"]["independent"]
        assert closed["reconciliation"]["difference"] == 0
        assert closed["reconciliation"]["note"] == "wire of the camera mended"
        differences = [(one["between"], one["number"]) for one in independent["differences"]]
        agree = [] if missed or disturbed["device-lost"] else ["camera:cam1"]
        assert independent["established_by"] == ["infeed", "lanes", *agree]
        assert independent["bounces"] == bounces
        counted = {
            counter["name"]: counter["end"] - counter["start"]
            for counter in independent["counters"]
            if counter["start"] is not None
        }
        camera = {}
        if not disturbed["device-lost"]:  # the camera counts anew after one
            assert differences == ([("camera:cam1-records", -missed)] if missed else [])
            camera = {"camera:cam1": len(truth) - bounces - missed}
        lanes = Counter(part.lane for part in truth)
        assert counted == {
            "infeed": len(truth),
            "good_lane": lanes["good"],
            "reject_lane": lanes["reject"],
            **camera,
        }
        rig.wait_anchored()
        rig.stop()
        rig.check_promises()
        report = rig.verify()
    assert any(
        sentence.startswith("shift 1: completeness independently established by the plant's part counter")
        for sentence in report.statements
    ), report.statements
