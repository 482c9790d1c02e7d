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
from inspector.auditor import verify_bundle as independent
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.policy import parse_policy
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


def test_the_sample_bundle_verifies_and_shows_a_flipped_byte(tmp_path: Path) -> None:
    """As docs/auditor.md lets a stranger try it."""
    folder = data_samples.bundle_dir()
    whole = (folder / "sample.zip").read_bytes()
    assert len(whole) < 100_000
    policy = parse_policy((folder / "policy.toml").read_bytes())
    report = verify_bundle(folder / "sample.zip", policy=policy)
    assert (report.exit_code, report.findings) == (0, [])
    answer = independent.verify(str(folder / "sample.zip"), str(folder / "policy.toml"))
    assert (answer["exit_code"], answer["lines"]) == (0, [])
    changed = bytearray(whole)
    changed[5000] ^= 1
    (tmp_path / "changed.zip").write_bytes(changed)
    report = verify_bundle(tmp_path / "changed.zip", policy=policy)
    assert report.exit_code == 2
    assert str(report.first).startswith("TAMPERED record ")


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
