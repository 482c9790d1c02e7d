# SPDX-License-Identifier: AGPL-3.0-or-later
"""The station's own judge on real pictures: each camera by its own rules, serials from the camera that reads them."""

from __future__ import annotations

import json

import cv2
import numpy as np
import pytest

import data_samples
from inspector.evidence.record import MAX_RECORD_BYTES, build_record
from inspector.part import Detection, Frame, ImageArray, PartKey, PixelFormat, Trigger, Verdict
from inspector.recipe import Recipe
from inspector.station.judge import Judge, part_fields
from inspector.station.views import fuse
from tests.unit.evidence_samples import envelope

RECIPE = """
format = "inspector-recipe/1"
name = "two sides"
version = "1"
[serial]
source = "image"
required = true
[classes.scratch]
min_score = 0.5
[views.side.classes.scratch]
min_score = 0.9
[views.dark.gate]
brightness_max = 20
"""
SCRATCH = Detection("scratch", 700_000, (160, 160, 480, 320))


class Finds:
    """Stands for the model: finds the same on every picture."""

    def __init__(self, *found: Detection) -> None:
        self._found = found

    def infer(self, image: ImageArray) -> tuple[Detection, ...]:
        return self._found


@pytest.fixture(scope="module")
def part() -> tuple[ImageArray, str]:
    """A good sample, `(h, w) uint8`, and its serial."""
    label = next(label for label in data_samples.labels() if label.good)
    pixels = cv2.imread(str(data_samples.images_dir() / label.file), cv2.IMREAD_GRAYSCALE)
    return np.asarray(pixels, dtype=np.uint8), label.serial


def frame(camera: str, pixels: ImageArray) -> Frame:
    return Frame(camera, 1, 0, 0, PixelFormat.MONO8, pixels)


def test_each_camera_is_judged_by_its_own_rules(part: tuple[ImageArray, str]) -> None:
    judge = Judge(Finds(SCRATCH), Recipe.parse(RECIPE.encode(), "test"), "top")
    verdicts = {camera: judge.look(frame(camera, part[0])) for camera in ("top", "side", "dark")}
    assert (verdicts["top"].verdict, verdicts["top"].reason) == (Verdict.FAIL, "scratch 0.70")
    assert verdicts["side"].verdict is Verdict.PASS
    assert (verdicts["dark"].verdict, verdicts["dark"].reason) == (Verdict.NO_DECISION, "image gate: too bright")


def test_the_serial_is_read_on_the_pictures_of_one_camera_only(part: tuple[ImageArray, str]) -> None:
    judge = Judge(Finds(), Recipe.parse(RECIPE.encode(), "test"), "top")
    top, side = (judge.look(frame(camera, part[0])) for camera in ("top", "side"))
    assert top.serial is not None
    assert top.serial.text == part[1]
    assert (side.serial, side.verdict) == (None, Verdict.PASS), "what is not read there is not missed there"
    blank = judge.look(frame("top", np.full_like(part[0], 120)))
    assert (blank.verdict, blank.reason) == (Verdict.NO_DECISION, "serial not readable")


EIGHT = [f"{number}" + "c" * 31 for number in range(8)]
LONGEST_CLASS = "\N{CJK UNIFIED IDEOGRAPH-6F22}" * 64


def test_a_part_with_eight_views_full_of_findings_has_room_in_a_record() -> None:
    """The most that a station can have: eight cameras, and on each picture more findings than a record takes."""
    head = 'format = "inspector-recipe/1"\nname = "eight"\nversion = "1"\n'
    recipe = Recipe.parse(f'{head}[classes."{LONGEST_CLASS}"]\nmin_score = 0.5\n'.encode(), "test")
    found = [Detection(LONGEST_CLASS, 900_000 + number, (16_000, 16_000, 160_000, 160_000)) for number in range(300)]
    judge = Judge(Finds(*found), recipe)
    pixels = np.random.default_rng(1).integers(60, 200, (48, 64), np.uint8)
    result = fuse({camera: judge.look(frame(camera, pixels)) for camera in EIGHT})
    assert (result.verdict, len(result.views)) == (Verdict.FAIL, 8)
    trigger = Trigger(PartKey("0" * 16, 1), 1, 1_000, 1_700_000_000_000_000, 10**18, live=True)
    fields = part_fields(trigger, result, model_digest="1" * 64, recipe_digest="2" * 64, latency_us=1)
    data = build_record({**envelope("part"), **fields})
    assert len(data) <= MAX_RECORD_BYTES
    views = json.loads(data)["views"]
    assert [view["camera"] for view in views] == EIGHT
    assert {len(view["detections"]) for view in views} == {25}
    assert views[0]["detections"][0]["score_ppm"] == 900_299, "the strongest are kept"
