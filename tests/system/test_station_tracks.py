# SPDX-License-Identifier: AGPL-3.0-or-later
"""A whole station that follows its parts itself: edge, picture, record, output, lane, seal."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.rig import StationRig, until


@pytest.mark.timeout(300)
def test_a_station_that_follows_its_parts_lets_recorded_passes_through_only(tmp_path: Path) -> None:
    rig = StationRig(tmp_path / "station", rate_ppm=55, seed=3)  # bad, good, bad, ...
    settings = rig.directory / "station.toml"
    settings.write_text(settings.read_text().replace("\n[plant]", '\n[line]\ntracking = "station"\n[plant]'))
    both = {("accept", "good"), ("reject", "reject")}
    with rig:
        rig.open_shift()
        until(lambda: {(r["commanded"], r["confirmed"]) for r in rig.records("outcome")} >= both, "a part in each lane")
        closed = rig.close_shift()
        rig.stop()
    assert rig.verify().exit_code == 0
    records = rig.all_records()
    assert closed["parts"] >= 2
    (told,) = [record["reasons"] for record in records if record["type"] == "state" and record["state"] == "tracking"]
    assert [text.partition(":")[0] for text in told] == ["station", "warning"]
    passed = {record["plc_count"] for record in records if record["type"] == "part" and record["verdict"] == "PASS"}
    good = {part.t_edge_ns for part in rig.truth() if part.lane == "good"}
    assert good
    assert len(good) <= len(passed), "a part is in the good lane that has no record of a PASS"
