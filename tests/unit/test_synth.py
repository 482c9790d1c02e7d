# SPDX-License-Identifier: AGPL-3.0-or-later
"""Synthetic parts: reproducible, truthfully labelled, with a serial that reads."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.serial_code import read_serial
from training.synth import CLASS_NAMES, FRAME_PX, part_serial, render_part
from training.synth.dataset import DatasetSpec, write_dataset, yolo_labels


def test_a_part_depends_on_its_number_alone() -> None:
    alone = render_part(3, 7)
    for index in (0, 9, 8):
        render_part(3, index)
    again = render_part(3, 7)
    assert np.array_equal(alone.image, again.image)
    assert (alone.defects, alone.serial) == (again.defects, again.serial)
    assert not np.array_equal(alone.image, render_part(3, 8).image)
    assert not np.array_equal(alone.image, render_part(4, 7).image)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**31), index=st.integers(0, 2**31))
def test_every_part_is_a_frame_with_labels_inside_it(seed: int, index: int) -> None:
    part = render_part(seed, index)
    assert part.image.shape == (FRAME_PX, FRAME_PX)
    assert part.image.dtype == np.uint8
    assert part.good == (part.defects == ())
    for defect in part.defects:
        x1, y1, x2, y2 = defect.box
        assert defect.name in CLASS_NAMES
        assert 0 <= x1 < x2 <= FRAME_PX
        assert 0 <= y1 < y2 <= FRAME_PX
        assert min(x2 - x1, y2 - y1) >= 8


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_a_defect_changes_its_box_and_nothing_else(name: str) -> None:
    good, bad = render_part(11, 5, good=True), render_part(11, 5, only=name)
    assert [d.name for d in bad.defects] == [name]
    assert good.serial == bad.serial
    x1, y1, x2, y2 = (round(v) for v in bad.defects[0].box)
    # Light, noise and pose are drawn after the defect: compare smoothed pictures by what stands out.
    change = np.abs(cv2.GaussianBlur(good.image, (9, 9), 0).astype(int) - cv2.GaussianBlur(bad.image, (9, 9), 0))
    assert change[y1:y2, x1:x2].max() > 20
    if name == "missing_hole":
        outside = change.copy()
        outside[y1 - 6 : y2 + 6, x1 - 6 : x2 + 6] = 0
        assert outside.max() < change[y1:y2, x1:x2].max() / 2


def test_a_good_part_has_no_labels_and_shares_are_kept() -> None:
    assert render_part(1, 1, good=True).defects == ()
    assert render_part(1, 1, good=True, only="dent").defects == ()
    parts = [render_part(6, index, good_share=share).good for share in (0.0, 1.0) for index in range(6)]
    assert parts == [False] * 6 + [True] * 6


def test_impossible_requests_are_refused() -> None:
    with pytest.raises(ValueError, match="good_share"):
        render_part(1, 1, good_share=1.5)
    with pytest.raises(ValueError, match="unknown defect class"):
        render_part(1, 1, only="crack")


def test_the_serial_reads_from_the_final_picture() -> None:
    for index in range(20):
        part = render_part(21, index)
        found = zxingcpp.read_barcodes(part.image, formats=zxingcpp.BarcodeFormat.DataMatrix)
        assert [code.text for code in found] == [part_serial(21, index)]


@pytest.mark.parametrize("index", [219, 344, 431])  # found among 500 good parts of batch 60
def test_the_station_reads_serials_that_a_single_pass_misses(index: int) -> None:
    part = render_part(60, index, good=True)
    serial = read_serial(part.image)
    assert serial is not None
    assert serial.text == part.serial


def test_the_dataset_is_the_same_for_any_number_of_processes(tmp_path: Path) -> None:
    specs = [DatasetSpec(tmp_path / str(n), parts=5, val=3, seed=2, good_share=0.4, size=160) for n in (1, 2)]
    one, two = (list(write_dataset(spec, workers)) for spec, workers in zip(specs, (1, 2), strict=True))
    assert one == two
    manifests = [(spec.out / "manifest.json").read_bytes() for spec in specs]
    assert manifests[0] == manifests[1]
    content = json.loads(manifests[0])
    assert len(content["files"]) == 8
    for entry in content["files"]:
        data = (specs[0].out / entry["image"]).read_bytes()
        assert hashlib.sha256(data).hexdigest() == entry["image_sha256"]
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
        assert image is not None
        assert image.shape == (160, 160)
        label = (specs[0].out / entry["label"]).read_text(encoding="ascii")
        assert (label == "") == entry["good"]
        assert len(label.splitlines()) == len(entry["defects"])
    assert "test" not in content  # the bytes of datasets without such parts stay what they were
    assert "path" not in (specs[0].out / "data.yaml").read_text(encoding="ascii")
    assert not list(tmp_path.rglob("*.tmp"))


def test_parts_to_test_with_are_the_last_ones_and_stand_in_a_split_of_their_own(tmp_path: Path) -> None:
    spec = DatasetSpec(tmp_path, parts=2, val=1, seed=2, good_share=0.5, size=64, test=2)
    files = [str(entry["image"]) for entry in write_dataset(spec)]
    assert [name.split("/")[1] for name in files] == ["train", "train", "val", "test", "test"]
    assert "test: images/test\n" in (tmp_path / "data.yaml").read_text(encoding="ascii")
    assert json.loads((tmp_path / "manifest.json").read_bytes())["test"] == 2


def test_yolo_labels_give_the_boxes_back() -> None:
    part = render_part(8, 3, only="stain")
    index, cx, cy, w, h = (float(v) for v in yolo_labels(part).split())
    box = ((cx - w / 2) * FRAME_PX, (cy - h / 2) * FRAME_PX, (cx + w / 2) * FRAME_PX, (cy + h / 2) * FRAME_PX)
    assert CLASS_NAMES[int(index)] == "stain"
    assert box == pytest.approx(part.defects[0].box, abs=0.01)


def test_a_dataset_without_parts_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least one part"):
        next(write_dataset(DatasetSpec(tmp_path, parts=0, val=0, seed=1, good_share=0.5)))
