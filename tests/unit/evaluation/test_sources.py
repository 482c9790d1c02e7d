# SPDX-License-Identifier: AGPL-3.0-or-later
"""Folders and datasets are read with their labels, or refused; uses of a locked test set are counted."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspector.errors import ConfigError, DatasetRefused
from inspector.part import PixelFormat
from tests.dataset_samples import run, told, write_picture, write_yolo
from tests.tiny_model import write_tiny_package
from training.dataset.folder import DatasetFolder
from training.dataset.uses import count_uses
from training.evaluation.pictures import folders, parse_label, split_of_dataset

CLASSES = ("scratch", "dent")
Capture = pytest.CaptureFixture[str]


def test_folders_are_read_with_their_labels(tmp_path: Path) -> None:
    images, labels, good = tmp_path / "images", tmp_path / "labels", tmp_path / "good"
    for folder in (images, labels, good):
        folder.mkdir()
    for path in (images / "a.png", images / "b.png", good / "c.png"):
        cv2.imwrite(str(path), np.zeros((100, 200), np.uint8))
    (labels / "a.txt").write_text("1 0.5 0.5 0.1 0.2\n", encoding="ascii")
    source = folders(images, labels, good, CLASSES)
    read = {p.name: p.defects for p in source}
    assert source.total == 3
    assert read["b.png"] == read["c.png"] == ()
    ((name, box),) = read["a.png"]
    assert name == "dent"
    assert box == pytest.approx((90, 40, 110, 60))


def test_colour_stays_colour_and_grey_that_is_stored_as_colour_is_grey(tmp_path: Path) -> None:
    write_picture(tmp_path / "a.png", 1, channels=3)
    cv2.imwrite(str(tmp_path / "b.png"), np.full((8, 8, 3), 90, np.uint8))
    assert [p.pixel_format for p in folders(tmp_path, None, None, CLASSES)] == [PixelFormat.BGR8, PixelFormat.MONO8]


def test_folders_without_readable_pictures_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="holds no pictures"):
        folders(tmp_path, None, None, CLASSES)
    (tmp_path / "a.png").write_bytes(b"no picture")
    with pytest.raises(ConfigError, match="not a picture"):
        list(folders(tmp_path, None, None, CLASSES))


@given(st.text(max_size=40))
def test_a_label_line_is_understood_or_refused(line: str) -> None:
    try:
        name, box = parse_label(line, CLASSES, 100, 100, Path("a.png"))
    except ConfigError:
        return
    assert name in CLASSES
    assert len(box) == 4


@pytest.mark.parametrize("line", ["-1 0.5 0.5 0.1 0.1", "2 0.5 0.5 0.1 0.1", "0 nan 0.5 0.1 0.1", "0 2 0.5 0.1 0.1"])
def test_a_label_outside_the_picture_or_the_classes_is_refused(line: str) -> None:
    with pytest.raises(ConfigError):
        parse_label(line, CLASSES, 100, 100, Path("a.png"))


def dataset(tmp_path: Path, *, lock: bool = True) -> Path:
    """Twelve parts, every second with a defect, in train, val and test."""
    source = write_yolo(tmp_path / "yolo", train=12, val=0)
    source.write_text(source.read_text().replace("val: images/val\n", ""))
    path = tmp_path / "d"
    assert run("dataset", "import", "--yolo", source, "--dataset", path, "--part-is-file") == 0
    words = ["dataset", "split", "--dataset", path, "--again", "--val", 30, "--test", 40]
    assert run(*words, *(["--lock"] if lock else [])) == 0
    return path


@pytest.fixture
def model(tmp_path: Path) -> list[object]:
    """A package that knows the dataset's classes, and a recipe for it."""
    write_tiny_package(tmp_path / "tiny", width=64, height=64, classes=("scratch", "dent", "stain"))
    recipe = tmp_path / "r.toml"
    text = 'format = "inspector-recipe/1"\nname = "r"\nversion = "1"\n[classes.scratch]\nmin_score = 0.7\n'
    recipe.write_text(text)
    return ["evaluate", "--model", tmp_path / "tiny", "--recipe", recipe, "--threads", 1]


def test_a_locked_test_set_counts_each_use_and_says_so(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    path = dataset(tmp_path)
    for use in (1, 2):
        code, said = told(capsys, *model, "--data", path)
        assert (code, said["source"]["test_uses"]) == (0, use)
        assert f"The test set is locked; this is use {use} of it." in said["notes"]
    folder = DatasetFolder(path)
    there = [image for image in folder.load().images if image.split == "test"]
    assert said["pictures"] == len(there)
    assert said["missed"]["trials"] == sum(image.state == "labelled" for image in there)
    assert said["source"]["manifest_sha256"] == folder.digest()
    assert said["model_digest"] in (path / "test-uses.json").read_text()
    assert told(capsys, *model, "--data", path, "--split", "val")[1]["source"]["split"] == "val"
    assert count_uses(folder) == 2  # looking at val is free


def test_a_test_set_that_is_not_locked_is_told(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    code, said = told(capsys, *model, "--data", dataset(tmp_path, lock=False))
    assert code == 0
    assert "test_uses" not in said["source"]
    assert any("not locked" in note for note in said["notes"])


def test_figures_on_val_are_said_to_flatter(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    code, said = told(capsys, *model, "--data", dataset(tmp_path), "--split", "val")
    assert (code, any("flatter" in note for note in said["notes"])) == (0, True)


def test_a_changed_picture_is_refused(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    path = dataset(tmp_path)
    victim = next(image for image in DatasetFolder(path).load().images if image.split == "test")
    write_picture(path / victim.file, 99)
    code, said = told(capsys, *model, "--data", path)
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")
    assert "not the file" in said["error"]["message"]


def changed(path: Path, change: Any) -> None:
    """Write another manifest by hand."""
    file = path / "manifest.json"
    document = json.loads(file.read_text())
    change(document)
    file.write_text(json.dumps(document))


def test_a_leak_between_splits_is_refused(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    path = dataset(tmp_path)

    def one_part(document: dict[str, Any]) -> None:
        for split in ("train", "test"):
            next(image for image in document["images"] if image["split"] == split)["part"] = "same"

    changed(path, one_part)
    code, said = told(capsys, *model, "--data", path)
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")
    assert "leaks" in said["error"]["message"]
    assert count_uses(DatasetFolder(path)) == 0  # nothing was measured


def test_what_the_reader_has_to_know_is_noted(tmp_path: Path) -> None:
    path = dataset(tmp_path, lock=False)

    def odd(document: dict[str, Any]) -> None:
        test = [image for image in document["images"] if image["split"] == "test"]
        bad = next(image for image in test if image["state"] == "labelled")
        good, other = [image for image in test if image["state"] == "good"][:2]
        good["part"] = bad["part"]
        other["state"], other["stratum"] = "unlabelled", "grey"

    changed(path, odd)
    source = split_of_dataset(DatasetFolder(path), "test", ("dent",))
    said = " ".join(source.notes)
    for words in ("1 pictures of this split have no labels", "does not know", "picked from a station", "1 parts have"):
        assert words in said
    assert len(list(source)) == source.total
    by_picture = split_of_dataset(DatasetFolder(path), "test", ("dent",), "picture")
    assert len(by_picture.notes) == len(source.notes) - 1


def test_a_split_without_labelled_pictures_is_refused(tmp_path: Path) -> None:
    path = dataset(tmp_path, lock=False)
    changed(path, lambda document: [image.update(split="train") for image in document["images"]])
    with pytest.raises(DatasetRefused, match="no labelled pictures in test"):
        split_of_dataset(DatasetFolder(path), "test", CLASSES)


def test_labels_beside_a_dataset_are_refused(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    code, said = told(capsys, *model, "--data", dataset(tmp_path), "--labels", tmp_path)
    assert (code, said["error"]["code"]) == (3, "CONFIG")


def test_both_runtimes_judge(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    path = dataset(tmp_path, lock=False)
    for backend in ("openvino", "onnxruntime"):
        code, said = told(capsys, *model, "--data", path, "--backend", backend)
        assert (code, said["latency"]["judged_by"]["backend"]) == (0, backend)
        assert said["latency"]["runs"] == said["pictures"]
