# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station with real processes that rejects too many parts in a row: it stops, and goes on after a person's reset."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from inspector.cli import main
from inspector.station_directory import UNATTENDED_STOPS
from tests.rig import StationRig, until

IN_ROW = 3


@pytest.mark.long
@pytest.mark.timeout(300)
def test_rejects_in_a_row_stop_the_line_until_a_person_resets_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stops = {**UNATTENDED_STOPS, "rejects_in_row": IN_ROW}
    with StationRig(tmp_path / "station", stops=stops, rate_ppm=300) as rig:
        rig.open_shift()
        until(lambda: bool(rig.status()["stopped"]), "half of the samples are bad, so the line stops")
        status = rig.status()
        assert status["ready"] is False
        assert status["reasons"][0]["code"] == "STOP_REJECTS_IN_ROW"
        assert status["reasons"][0]["advice"].endswith("then reset the stop")
        until(lambda: not rig.status()["line"]["ready"], "the plant's Ready drops")
        rig.wait_line_quiet()

        rig.kill("station")
        until(lambda: "STOP_REJECTS_IN_ROW" in {r["code"] for r in rig.status()["reasons"]}, "still stopped")

        before = len([part for part in rig.truth() if part.lane])
        reset = ["line", "reset", "--station", str(rig.directory), "--operator", "op-7", "--reason", "tool changed"]
        assert main([*reset, "--json"]) == 0
        answer = json.loads(capsys.readouterr().out)
        assert answer["cleared"] == ["STOP_REJECTS_IN_ROW"]
        rig.wait_parts(before + IN_ROW)
        rig.stop_belt()
        rig.wait_line_quiet()
        rig.close_shift()
        rig.wait_anchored()
        rig.stop()
        rig.check_promises()

    records = rig.all_records()
    states = [record for record in records if record["type"] == "state"]
    labels = [record["state"] for record in states]
    assert labels.index("stop-rules") < labels.index("stopped") < labels.index("stop-reset")
    stopped = next(record for record in states if record["state"] == "stopped")
    assert stopped["reasons"] == [f"STOP_REJECTS_IN_ROW: {IN_ROW} parts in a row were rejected"]
    verdicts = [record["verdict"] for record in records if record["type"] == "part" and record["seq"] < stopped["seq"]]
    runs = [verdicts[first : first + IN_ROW] for first in range(len(verdicts) - IN_ROW + 1)]
    assert any("PASS" not in run for run in runs)
    (again,) = [record for record in records if record["seq"] == answer["seq"]]
    assert again["state"] == "stop-reset"
    assert again["reasons"][1:] == ["tool changed", "STOP_REJECTS_IN_ROW"]
    assert "op-7" not in json.dumps(records), "a name in the records"
