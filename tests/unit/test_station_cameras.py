# SPDX-License-Identifier: AGPL-3.0-or-later
"""A station with two cameras: no part passes by one of them alone, and each view has its record and its picture."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from inspector.api.history import History
from inspector.clock import SimulatedClock
from inspector.config import load_config
from inspector.errors import ConfigError, RecipeError
from inspector.evidence.verify.station import verify_station
from inspector.part import Verdict
from inspector.station.model import Rules
from tests.station_bench import Bench
from tests.store_station import check_chain

CLOCK = SimulatedClock()


def pause(bench: Bench, ms: int) -> None:
    """Let time pass, while the cameras say that they are there."""
    CLOCK.advance_ms(ms)
    for peer in bench.hub.connected[1:]:
        bench.camera_state(camera=peer.removeprefix("camera:"))
    bench.station.step(None)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    made = Bench(tmp_path / "station", cameras=2, clock=CLOCK)
    made.everybody_is_here()
    made.open_shift()
    yield made
    made.close()
    report = verify_station(made.directory)
    assert report.exit_code == 0, report.findings


def part_of(bench: Bench, number: int) -> dict[str, Any]:
    """The record of part `number`, as soon as it is there."""
    bench.until(lambda: number in bench.acks("trigger"))
    return next(
        record
        for record in check_chain(bench.directory)
        if record["type"] == "part" and record["key"]["part_seq"] == number
    )


def verdicts(part: dict[str, Any]) -> dict[str, str]:
    return {view["camera"]: view["verdict"] for view in part["views"]}


def stored(bench: Bench) -> list[str]:
    return sorted(record["camera"] for record in check_chain(bench.directory) if record["type"] == "image-stored")


def reasons(bench: Bench) -> list[tuple[str, str]]:
    bench.station._next_heartbeat_ns = 0
    bench.station.step(None)
    return [(one["code"], one["message"]) for one in bench.hub.of("line", "station-state")[-1]["reasons"]]


def test_a_part_passes_when_both_cameras_have_shown_it(bench: Bench) -> None:
    t_edge_ns = bench.trigger(1)
    bench.frame(1, t_edge_ns, camera="cam2")
    bench.until(lambda: bench.hub.of("camera:cam2", "release") != [])
    assert bench.acks("trigger") == [], "one view is no part"
    bench.frame(1, t_edge_ns, camera="cam1")
    part = part_of(bench, 1)
    assert (part["verdict"], verdicts(part)) == ("PASS", {"cam1": "PASS", "cam2": "PASS"})
    assert bench.grants() == [1]
    assert len({view["image"]["digest"] for view in part["views"]}) == 2
    bench.outcome(1)
    bench.until(lambda: stored(bench) == ["cam1", "cam2"])


@pytest.mark.parametrize("camera", ["cam1", "cam2"])
def test_what_one_camera_finds_fails_the_part(bench: Bench, camera: str) -> None:
    bench.detector.verdicts[camera] = Verdict.FAIL
    bench.part(1)
    part = part_of(bench, 1)
    assert (part["verdict"], part["reason"]) == ("FAIL", f"{camera}: scripted")
    (event,) = History(bench.directory).latest(1)
    assert event.camera == camera
    assert event.image == next(view["image"]["digest"] for view in part["views"] if view["camera"] == camera)
    assert {view.camera: view.verdict for view in event.views} == verdicts(part)


def test_a_missing_view_is_no_decision_and_the_next_part_is_judged(bench: Bench) -> None:
    bench.part(1)
    part_of(bench, 1)
    pause(bench, 200)
    bench.frame(2, bench.trigger(2), camera="cam1")
    pause(bench, 301)
    part = part_of(bench, 2)
    assert (part["verdict"], verdicts(part)) == ("NO_DECISION", {"cam1": "PASS", "cam2": "MISSING_IMAGE"})
    assert part["reason"] == "cam2: no frame from the camera in time"
    assert part["views"][0]["image"] is not None, "what was seen is kept"
    bench.part(3)
    assert part_of(bench, 3)["verdict"] == "PASS"
    assert bench.grants() == [1, 3]


def test_a_part_that_no_camera_has_seen_is_a_missing_image(bench: Bench) -> None:
    bench.trigger(1)
    pause(bench, 301)
    assert part_of(bench, 1)["verdict"] == "MISSING_IMAGE"


def test_a_bad_frame_of_one_camera_is_no_decision(bench: Bench) -> None:
    t_edge_ns = bench.trigger(1)
    bench.frame(1, t_edge_ns, camera="cam1")
    bench.frame(1, t_edge_ns, "incomplete", camera="cam2")
    part = part_of(bench, 1)
    assert (part["verdict"], part["reason"]) == ("NO_DECISION", "cam2: bad frame: incomplete")


def test_when_one_camera_is_lost_the_station_is_not_ready_and_the_other_keeps_its_place(bench: Bench) -> None:
    bench.part(1)
    part_of(bench, 1)
    pause(bench, 200)
    t_edge_ns = bench.trigger(2)
    bench.lose("camera:cam2")
    bench.frame(2, t_edge_ns, camera="cam1")
    part = part_of(bench, 2)
    assert (part["verdict"], part["reason"]) == ("NO_DECISION", "cam2: the camera was lost")
    assert reasons(bench) == [("CAMERA_AWAY", "camera cam2: its process does not answer")]
    bench.camera_is_here("cam2")
    assert reasons(bench) == []
    pause(bench, 200)
    # cam2 counts from 1 again, and cam1 goes on: each camera is matched by its own count.
    t_edge_ns = bench.trigger(3)
    bench.frame(3, t_edge_ns, camera="cam1")
    bench.frame(1, t_edge_ns, camera="cam2")
    assert part_of(bench, 3)["verdict"] == "PASS"


def test_a_frame_too_many_of_one_camera_makes_its_view_untracked(bench: Bench) -> None:
    for number in (1, 2):
        bench.part(number)
        part_of(bench, number)
        pause(bench, 200)
    t_edge_ns = bench.trigger(3)
    bench.frame(3, t_edge_ns, camera="cam1")
    bench.frame(4, t_edge_ns, camera="cam2")  # it has exposed once without a part
    part = part_of(bench, 3)
    assert (part["verdict"], verdicts(part)) == ("UNTRACKED", {"cam1": "PASS", "cam2": "UNTRACKED"})
    pause(bench, 200)
    t_edge_ns = bench.trigger(4)
    bench.frame(4, t_edge_ns, camera="cam1")
    bench.frame(5, t_edge_ns, camera="cam2")
    assert part_of(bench, 4)["verdict"] == "PASS"


def test_missing_views_of_one_camera_stop_the_line(bench: Bench) -> None:
    bench.part(1)
    part_of(bench, 1)
    for number in (2, 3):
        pause(bench, 200)
        bench.frame(number, bench.trigger(number), camera="cam1")
        pause(bench, 301)
        part_of(bench, number)
    assert ("STOP_MISSING_IMAGES", "2 parts in a row had no picture") in reasons(bench)


def test_a_camera_that_is_taken_away_during_a_shift_is_not_done_without(tmp_path: Path) -> None:
    first = Bench(tmp_path / "station", cameras=2, clock=CLOCK)
    first.everybody_is_here()
    first.open_shift()
    first.close()
    path = tmp_path / "station" / "station.toml"
    before, _, after = path.read_text().partition('[[cameras]]\nname = "cam2"')
    path.write_text(before + after[after.index("[detector]") :])
    second = Bench(tmp_path / "station", clock=CLOCK)
    try:
        second.everybody_is_here()
        assert reasons(second) == [("CAMERA_EXCHANGED", "camera cam2 or its settings changed during the shift")]
        second.part(1)
        assert part_of(second, 1)["verdict"] == "ERROR"
        assert second.grants() == []
    finally:
        second.close()


# Settings and recipes


def change(station: Path, old: str, new: str) -> None:
    path = station / "station.toml"
    path.write_text(path.read_text().replace(old, new))


def test_two_cameras_cannot_have_one_name_or_be_one_device(bench: Bench) -> None:
    change(bench.directory, '"cam2"', '"cam1"')
    with pytest.raises(ConfigError, match="two cameras have the same name"):
        load_config(bench.directory)
    change(bench.directory, '"simulator" ', '"vendor.cti" ')
    path = bench.directory / "station.toml"
    path.write_text(path.read_text().replace('"cam1"', '"cam2"', 1))
    with pytest.raises(ConfigError, match="the same producer and serial"):
        load_config(bench.directory)


@pytest.mark.parametrize("added", ["[views.cam3.gate]\nbrightness_min = 5", '[serial]\ncamera = "cam3"'])
def test_a_recipe_for_a_camera_that_is_not_there_is_refused(bench: Bench, added: str) -> None:
    recipe = next((bench.directory / "recipes").iterdir())
    text = recipe.read_text()
    if added.startswith("[serial]"):
        text = text.replace("[serial]", added)
    else:
        text += "\n" + added + "\n"
    recipe.write_text(text)
    with pytest.raises(RecipeError, match="the station has no camera 'cam3'"):
        Rules.load(bench.directory, load_config(bench.directory))
