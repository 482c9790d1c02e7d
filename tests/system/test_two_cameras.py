# SPDX-License-Identifier: AGPL-3.0-or-later
"""Two simulated cameras that see the two sides of each part, in one station with real processes."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from inspector.api.client import ApiClient
from inspector.camera.simulator.control import SimulatorControl
from inspector.station.replay import ReplayState, replay
from inspector.station.replay_rules import RuleFinder
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.queries.recall import Selection, recall
from tests.rig import StationRig, until


def of_verdict(rig: StationRig, verdict: str) -> list[dict[str, Any]]:
    return [part for part in rig.records("part") if part["verdict"] == verdict]


def lost_by_cam2(rig: StationRig) -> list[dict[str, Any]]:
    reason = "cam2: no frame from the camera in time"
    return [part for part in of_verdict(rig, "NO_DECISION") if part["reason"] == reason]


def lose_frames(rig: StationRig, cam2: SimulatorControl) -> bool:
    if not lost_by_cam2(rig):
        cam2.fault(0, "lost-frame")
    return bool(lost_by_cam2(rig))


@pytest.mark.long
def test_a_shift_in_which_one_of_two_cameras_loses_a_frame_and_then_dies(tmp_path: Path) -> None:
    """No part passes by one camera alone, the other parts are judged, and Ready waits for both cameras."""
    with StationRig(tmp_path / "station", cameras=2, rate_ppm=300) as rig:
        rig.open_shift()
        rig.wait_ready()
        rig.wait_parts(4)
        with SimulatorControl(rig.directory / "run" / "simulator-cam2.json") as cam2:
            # Again until it hits a part whose other side is good and was seen.
            until(lambda: lose_frames(rig, cam2), "the lost frame")
        rig.kill("camera-cam2")
        until(
            lambda: any(
                record["state"] == "not-ready" and any("camera cam2" in reason for reason in record["reasons"])
                for record in rig.records("state")
            ),
            "Ready off",
        )
        rig.wait_ready()
        rig.wait_parts(len(rig.truth()) + 24)
        rig.stop_belt()
        rig.wait_line_quiet()
        assert rig.status()["cameras"][1]["name"] == "cam2"
        check_equipment(rig)
        rig.close_shift()
        rig.wait_anchored()
    counts = rig.check_promises()
    assert counts["PASS"] > 0
    (opened,) = rig.records("shift-open")
    assert [camera["name"] for camera in opened["cameras"]] == ["cam1", "cam2"]
    assert [view["image"] is None for view in lost_by_cam2(rig)[0]["views"]] == [False, True]
    failed = {view["camera"] for part in of_verdict(rig, "FAIL") for view in part["views"] if view["verdict"] == "FAIL"}
    assert failed == {"cam1", "cam2"}, "each camera sees defects that the other does not"
    stored = {(record["part"], record["camera"]) for record in rig.records("image-stored")}
    lost_images = {(record["part"], record["camera"]) for record in rig.records("image-lost")}
    taken = sum(1 for part in rig.records("part") for view in part["views"] if view["image"])
    assert len(stored | lost_images) == taken
    check_replay(rig)


def check_equipment(rig: StationRig) -> None:
    """What maintenance sees is what the records say."""
    (opened,) = rig.records("shift-open")
    with ApiClient(rig.directory) as client:
        equipment, part = client.equipment(), client.parts(1)[0]
    told = [(one.name, one.ready, one.simulated, one.vendor, one.settings_digest) for one in equipment.cameras]
    assert told == [(one["name"], True, True, one["vendor"], one["settings_digest"]) for one in opened["cameras"]]
    assert all("ExposureTime" in one.settings and one.limits.brightness_max_milli for one in equipment.cameras)
    assert equipment.line.connected and equipment.line.simulated
    assert equipment.line.counts.infeed == equipment.line.plc_count == len(rig.truth())
    recorded = next(one for one in rig.records("part") if one["seq"] == part.seq)
    for view, fields in zip(part.views, recorded["views"], strict=True):
        gate = None if view.gate is None else view.gate.model_dump()
        assert gate == (fields["gate"] and {name: fields["gate"][name] for name in fields["gate"] if name != "failed"})


def check_replay(rig: StationRig) -> None:
    """What real processes recorded comes out again, to the last digit; parts that nobody saw are not replayed."""
    rules = RuleFinder(rig.directory)
    with AuditReader(rig.directory) as reader:
        seen = (part for part in reader.parts(1, LAST) if all(view["image"] for view in part.fields["views"]))
        parts = [*islice(seen, 8), reader.record(lost_by_cam2(rig)[0]["seq"])]
        replays = [replay(reader, part, rules) for part in parts if part is not None]
        answer = recall(reader, Selection(camera="cam2"))
    assert {one.state for one in replays} == {ReplayState.SAME}
    assert [view.differences for one in replays for view in one.views if view.replayed] != []
    assert all(view.differences == () for one in replays for view in one.views)
    assert replays[-1].views[1].never_judged
    assert (answer.parts, answer.seals_agree) == (len(rig.records("part")), 1)
