# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the station tells the line for a PLC to show: the worst class, the recipe's number, what is due."""

from __future__ import annotations

from pathlib import Path

import numpy as np

import data_samples
from inspector.ipc import Message
from inspector.part import Detection, Frame, GateResult, Judgement, PixelFormat, Verdict
from inspector.recipe import Recipe
from inspector.station.defect_class import defect_class
from inspector.station.judge import PartResult, View
from inspector.station.parts import trigger_of
from tests.station_bench import SHAPE, Bench

RECIPE = Recipe.parse(
    b'format = "inspector-recipe/1"\nname = "r"\nversion = "1"\nnumber = 7\n'
    b"[classes.dent]\nmin_score = 0.5\n[classes.scratch]\nmin_score = 0.5\n[classes.dust]\nmin_score = 0.9\n",
    "test",
)
CLASSES = ("dent", "dust", "scratch")
BOX = (0, 0, 160, 160)


def result(verdict: Verdict, *found: tuple[str, int]) -> PartResult:
    frame = Frame("cam1", 1, 0, 0, PixelFormat.MONO8, np.zeros(SHAPE, np.uint8))
    detections = tuple(Detection(name, score, BOX) for name, score in found)
    judgement = Judgement(verdict, "", detections, GateResult(0, 0))
    return PartResult(verdict, "", (View("cam1", frame, "", judgement, verdict, ""),))


def test_the_class_is_that_of_the_highest_score_that_counts() -> None:
    failed = result(Verdict.FAIL, ("dust", 800_000), ("scratch", 700_000), ("dent", 600_000))
    assert defect_class(failed, RECIPE, CLASSES) == 3
    assert defect_class(result(Verdict.FAIL, ("dent", 600_000)), RECIPE, CLASSES) == 1


def test_without_a_failure_there_is_no_class() -> None:
    assert defect_class(result(Verdict.FAIL), RECIPE, CLASSES) == 0
    assert defect_class(result(Verdict.NO_DECISION, ("dent", 600_000)), RECIPE, CLASSES) == 0
    assert defect_class(PartResult(Verdict.FAIL, ""), RECIPE, CLASSES) == 0


def test_the_serial_of_a_trigger_is_heard() -> None:
    message: Message = {"type": "trigger", "key": ["ab", 1], "plc_count": 1, "t_edge_ns": 1, "t_edge_us": 1}
    message |= {"decide_by_ns": 1, "live": True}
    assert trigger_of({**message, "serial": "SN-1"}).serial == "SN-1"
    assert trigger_of({**message, "serial": None}).serial is None
    assert trigger_of(message).serial is None


def test_the_line_hears_the_recipes_number_with_every_heartbeat(tmp_path: Path) -> None:
    bench = Bench(tmp_path / "station")
    bench.unlock_key()
    try:
        state = bench.hub.of("line", "station-state")
        while not state:
            bench.station.step(None)
            state = bench.hub.of("line", "station-state")
        facts = {name: state[-1][name] for name in ("recipe_number", "challenge_due", "warning")}
        number = Recipe.load(data_samples.recipe_file()).number
        assert facts == {"recipe_number": number, "challenge_due": False, "warning": False}
    finally:
        bench.close()
