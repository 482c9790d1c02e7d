# SPDX-License-Identifier: AGPL-3.0-or-later
"""The shipped samples are what their labels say, and small enough to ship."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest
import zxingcpp

import data_samples
from training.samples import write_samples
from training.synth import CLASS_NAMES, FRAME_PX


def test_every_frame_is_there_with_its_truth_and_a_readable_serial() -> None:
    labels = data_samples.labels()
    files = sorted(path.name for path in data_samples.images_dir().glob("*.jpg"))
    assert files == sorted(label.file for label in labels)
    assert len({label.serial for label in labels}) == len(labels) >= 20
    for label in labels:
        image = cv2.imread(str(data_samples.images_dir() / label.file), cv2.IMREAD_UNCHANGED)
        assert image is not None
        assert (image.shape, image.dtype) == ((FRAME_PX, FRAME_PX), np.uint8)
        assert [code.text for code in zxingcpp.read_barcodes(image)] == [label.serial]
        assert label.good == (not label.defects)


def test_half_are_good_every_class_is_shown_and_all_of_it_is_small() -> None:
    labels = data_samples.labels()
    assert sum(label.good for label in labels) * 2 == len(labels)
    assert {defect.class_name for label in labels for defect in label.defects} == set(CLASS_NAMES)
    assert sum(path.stat().st_size for path in data_samples.images_dir().iterdir()) < 3_000_000


def test_the_generator_writes_what_the_reader_reads(tmp_path: Path) -> None:
    entries = list(write_samples(tmp_path, parts=4, seed=9))
    read = data_samples.labels(tmp_path)
    assert [label.file for label in read] == [entry["file"] for entry in entries]
    assert [label.good for label in read] == [True, False, True, False]
    assert "licence" in json.loads((tmp_path / "labels.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "text",
    [
        "[]",
        '{"parts": [{}]}',
        '{"parts": [{"file": 1, "good": true, "serial": "S", "defects": []}]}',
        '{"parts": [{"file": "../x", "good": true, "serial": "S", "defects": []}]}',
        '{"parts": [{"file": "x", "good": true, "serial": "S", "defects": {}}]}',
        '{"parts": [{"file": "x", "good": false, "serial": "S", "defects": [{"class": "dent", "box_px": [1]}]}]}',
    ],
)
def test_labels_that_are_something_else_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "labels.json").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError):
        data_samples.labels(tmp_path)
