# SPDX-License-Identifier: AGPL-3.0-or-later
"""The evaluation counts parts, and never counts an error as a success."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ConfigError
from inspector.part import Detection, Frame, GateResult, Judgement, Verdict
from inspector.station.judge import PartResult, View
from training.evaluate import (
    LabelledPart,
    _parse_label,
    dataset_parts,
    evaluate,
    overlap,
    parts_to_judge,
    synthetic_parts,
)

CLASSES = ("scratch", "dent")


def finding(name: str, score: float, box: tuple[int, int, int, int] = (0, 0, 10, 10)) -> Detection:
    x1, y1, x2, y2 = (16 * v for v in box)
    return Detection(name, round(score * 1_000_000), (x1, y1, x2, y2))


class Scripted:
    """Finds in a picture what its first pixel numbers, and rejects the part if a score reaches the limit."""

    def __init__(self, limit: float, *answers: tuple[Detection, ...]) -> None:
        self.limit_ppm = limit * 1_000_000
        self.answers = answers

    def look(self, frame: Frame) -> PartResult:
        found = self.answers[int(frame.pixels[0, 0]) % len(self.answers)]
        bad = any(one.score_ppm >= self.limit_ppm for one in found)
        verdict = Verdict.FAIL if bad else Verdict.PASS
        judgement = Judgement(verdict, "scripted", found, GateResult(0, 0))
        return PartResult(verdict, "scripted", (View("c", frame, None, judgement, verdict, "scripted"),))


def part(number: int, *defects: tuple[str, tuple[float, float, float, float]]) -> LabelledPart:
    return LabelledPart(str(number), np.full((16, 16), number, np.uint8), defects)


def test_parts_are_counted_not_boxes() -> None:
    at = (0.0, 0.0, 10.0, 10.0)
    judge = Scripted(
        0.4,
        (finding("scratch", 0.2),),  # 0 good, nothing that counts
        (finding("dent", 0.5), finding("dent", 0.45)),  # 1 good, rejected once
        (finding("scratch", 0.9),),  # 2 bad, found and named
        (finding("dent", 0.9),),  # 3 bad, found but named wrongly
        (finding("scratch", 0.39),),  # 4 bad, below the limit
        (finding("scratch", 0.9, (100, 100, 110, 110)),),  # 5 bad, found elsewhere
    )
    parts = [part(0), part(1), part(2, ("scratch", at)), part(3, ("scratch", at)), part(4, ("scratch", at))]
    parts.append(part(5, ("scratch", at), ("dent", (50.0, 50.0, 60.0, 60.0))))
    report = evaluate(judge, parts)
    assert (report.missed.errors, report.missed.trials) == (1, 4)
    assert (report.false_rejects.errors, report.false_rejects.trials) == (1, 2)
    assert (report.by_class["scratch"].errors, report.by_class["scratch"].trials) == (1, 3)
    assert "dent" not in report.by_class  # its only part has another defect too
    assert (report.unnamed["scratch"].errors, report.unnamed["scratch"].trials) == (2, 4)
    assert (report.unnamed["dent"].errors, report.unnamed["dent"].trials) == (1, 1)
    assert report.wrong == {"1": "FAIL: scripted", "4": "PASS: scripted"}
    assert report.as_json()["missed"] == {"errors": 1, "trials": 4, "upper_95_ppm": 751395}
    assert report.top_on_good == {"scratch": 200_000, "dent": 500_000}
    assert report.low_on_bad == {"scratch": 0}


def test_other_limits_are_read_off_the_same_run() -> None:
    box = (0.0, 0.0, 1.0, 1.0)
    report = evaluate(
        Scripted(0.4, (finding("dent", 0.3),), (finding("dent", 0.6),)), [part(0), part(1, ("dent", box))]
    )
    for score, missed, false_rejects in ((0.25, 0, 1), (0.5, 0, 0), (0.7, 1, 0)):
        assert [counts.errors for counts in report.at_limit(score)] == [missed, false_rejects]


def test_synthetic_parts_are_half_good_and_carry_serials() -> None:
    parts = list(synthetic_parts(2, seed=4))
    assert [bool(p.defects) for p in parts] == [False, True, False, True]
    assert [p.serial for p in parts] == [f"S4-{i:06d}" for i in range(4)]
    report = evaluate(Scripted(0.4, ()), parts)
    assert (report.missed.errors, report.serial_unread.errors, report.serial_unread.trials) == (2, 4, 4)


def test_folders_are_read_with_their_labels(tmp_path: Path) -> None:
    images, labels, good = tmp_path / "images", tmp_path / "labels", tmp_path / "good"
    for folder in (images, labels, good):
        folder.mkdir()
    for path in (images / "a.png", images / "b.png", good / "c.png"):
        cv2.imwrite(str(path), np.zeros((100, 200), np.uint8))
    (labels / "a.txt").write_text("1 0.5 0.5 0.1 0.2\n", encoding="ascii")
    chosen, total = parts_to_judge(None, 0, images, labels, good, CLASSES)
    read = {p.name: p.defects for p in chosen}
    assert total is None
    assert read["b.png"] == read["c.png"] == ()
    ((name, box),) = read["a.png"]
    assert name == "dent"
    assert box == pytest.approx((90, 40, 110, 60))


def test_folders_without_readable_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no pictures"):
        list(dataset_parts(tmp_path, None, CLASSES))
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match="not a picture"):
        list(dataset_parts(tmp_path, None, CLASSES))


@given(st.text(max_size=40))
def test_a_label_line_is_understood_or_refused(line: str) -> None:
    try:
        name, box = _parse_label(line, CLASSES, 100, 100, Path("a.png"))
    except ConfigError:
        return
    assert name in CLASSES
    assert len(box) == 4


@pytest.mark.parametrize("line", ["-1 0.5 0.5 0.1 0.1", "2 0.5 0.5 0.1 0.1", "0 nan 0.5 0.1 0.1", "0 2 0.5 0.1 0.1"])
def test_a_label_outside_the_picture_or_the_classes_is_refused(line: str) -> None:
    with pytest.raises(ConfigError):
        _parse_label(line, CLASSES, 100, 100, Path("a.png"))


def test_overlap_of_boxes() -> None:
    assert overlap((0, 0, 10, 10), (0, 0, 10, 10)) == 1
    assert overlap((0, 0, 10, 10), (5, 0, 15, 10)) == pytest.approx(1 / 3)
    assert overlap((0, 0, 10, 10), (10, 0, 20, 10)) == 0
