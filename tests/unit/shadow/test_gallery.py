# SPDX-License-Identifier: AGPL-3.0-or-later
"""The gallery: both boxes of each differing part, the worst first, nothing loaded, and text stays text."""

from __future__ import annotations

from base64 import b64decode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.dataset_samples import run, told
from tests.shadow_station import BACKEND, ShadowStation, candidate_recipe, picture
from tests.unit.evaluation.test_page import EVIL, TAGS, Page

Capture = pytest.CaptureFixture[str]
JPEG = "data:image/jpeg;base64,"


@pytest.fixture
def station(tmp_path: Path) -> Iterator[ShadowStation]:
    made = ShadowStation(tmp_path / "station")
    with closing(made):
        made.part(picture(0, 1))
        for number in range(4):
            made.part(picture(200 + 5 * number, 10 + number), serial=f"PALE{number}")
        made.part(picture(225, 20), serial=EVIL)
        yield made


def gallery(capsys: Capture, station: ShadowStation, *words: object) -> Page:
    recipe = candidate_recipe(station.path.parent / "r.toml", 0.70)
    file = station.path.parent / "gallery.html"
    where = ("release", "shadow", "--station", station.path, "--model", station.package, "--recipe", recipe)
    assert told(capsys, *where, "--backend", BACKEND, "--html", file, *words)[0] == 4
    return Page(file.read_bytes())


def test_each_differing_part_is_shown_with_what_both_found(station: ShadowStation, capsys: Capture) -> None:
    made = gallery(capsys, station)
    assert set(made.tags) <= TAGS
    assert (made.tags["figure"], made.tags["image"], made.tags["script"]) == (5, 5, 0)
    pictures = [value for name, value in made.attributes if value.startswith("data:")]
    assert all(value.startswith(JPEG) for value in pictures)
    shown = cv2.imdecode(np.frombuffer(b64decode(pictures[0][len(JPEG) :]), np.uint8), cv2.IMREAD_COLOR)
    assert shown is not None
    assert int(shown[100, 120, 2]) > int(shown[100, 120, 0]) + 100, "red is red"
    classes = [value for name, value in made.attributes if name == "class"]
    assert classes.count("label-weak") >= 4 * 5, "four cells of each square, of the released model: too weak"
    assert classes.count("found") >= 4 * 5
    dashed = [value for name, value in made.attributes if name == "stroke-dasharray"]
    assert len(dashed) >= 4 * 5, "told apart without colour"
    order = [made.text.index(f"PALE{number}, record") for number in (3, 2, 1, 0)]
    assert order == sorted(order), "the surer the candidate, the further in front"
    assert made.text.index(f"{EVIL}, record") < order[0]
    assert "Only the candidate rejects" in made.text
    assert "released PASS: no finding above the limits" in made.text
    assert "candidate FAIL: 4 x red" in made.text or "candidate FAIL: red 0.88" in made.text
    assert "2026-09-21 " in made.text
    assert "nobody has reviewed it" in made.text


def test_its_size_is_limited_and_says_so(station: ShadowStation, capsys: Capture) -> None:
    made = gallery(capsys, station, "--pictures", 2)
    assert (made.tags["figure"], made.tags["image"]) == (2, 2)
    assert "3 more have no picture here" in made.text
    made = gallery(capsys, station, "--pictures", 0)
    assert made.tags["image"] == 0
    assert "5 more have no picture here" in made.text


def test_a_picture_that_went_meanwhile_is_told(
    station: ShadowStation, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    def all_gone() -> None:
        for file in (station.path / "images").rglob("*.png"):
            file.unlink()

    monkeypatch.setattr("training.shadow.commands.tell", lambda _output, _result: all_gone())
    made = gallery(capsys, station)
    assert (made.tags["figure"], made.tags["image"]) == (5, 0)
    assert "Its picture is not there any more" in made.text


def test_without_a_difference_there_is_none(station: ShadowStation, tmp_path: Path, capsys: Capture) -> None:
    words = ("--station", station.path, "--model", station.package, "--recipe", candidate_recipe(tmp_path / "r", 0.9))
    file = tmp_path / "gallery.html"
    assert run("release", "shadow", *words, "--backend", BACKEND, "--html", file, "--last", 5) == 0
    made = Page(file.read_bytes())
    assert "The same verdicts on 5 parts" in capsys.readouterr().out
    assert made.tags["figure"] == 0
    assert "0 of 5 differ: below 46" in made.text
