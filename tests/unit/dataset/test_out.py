# SPDX-License-Identifier: AGPL-3.0-or-later
"""Splits by part, the locked test set and its uses, contact sheet, exports."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from inspector.errors import DatasetRefused
from tests.dataset_samples import kinds, run, told, write_picture, write_yolo
from tests.unit.dataset.test_manifest import IMAGE
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Image, Splits
from training.dataset.problems import Problems
from training.dataset.splits import counts, divide, find_leaks, join_splits
from training.dataset.uses import count_uses, note_use

Capture = pytest.CaptureFixture[str]


def image(number: int, part: str | None, split: str = "none", *, pixels: int | None = None, **more: Any) -> Image:
    digest = f"{number:064x}"
    whole = {
        **IMAGE,
        "sha256": digest,
        "pixels_sha256": f"{number if pixels is None else pixels:064x}",
        "file": f"images/{digest[:2]}/{digest}.png",
        "part": part,
        "split": split,
        **more,
    }
    return Image.model_validate_json(json.dumps(whole))


PARTS = st.lists(st.tuples(st.integers(0, 12), st.integers(0, 40)), min_size=1, max_size=40)


@settings(max_examples=60, deadline=None)
@given(PARTS, st.integers(0, 2**32), st.sampled_from([0, 150_000, 400_000]), st.sampled_from([0, 150_000, 400_000]))
def test_no_part_and_no_pixels_are_ever_in_two_splits(
    parts: list[tuple[int, int]], seed: int, val: int, test: int
) -> None:
    images = [image(number, f"p{part}", pixels=pixels) for number, (part, pixels) in enumerate(parts)]
    splits = Splits(seed=seed, val_ppm=val, test_ppm=test)
    divided = divide(images, splits)
    problems = Problems()
    find_leaks(divided, splits, problems)
    assert problems.found == []
    assert all(one.split != "none" for one in divided)
    assert divide(images, splits) == divided  # the same on every run
    assert sorted(divide(images[::-1], splits), key=lambda one: one.sha256) == divided  # and in any order
    assert divide(divided, splits.model_copy(update={"seed": seed + 1})) == divided  # what is in a split stays there


def test_the_shares_are_kept_for_each_class_and_the_good() -> None:
    images = [image(n, f"p{n}", state="good", boxes=[]) for n in range(100)]
    images += [image(n, f"p{n}") for n in range(100, 200)]
    divided = divide(images, Splits(val_ppm=200_000, test_ppm=100_000))
    for half in (divided[:100], divided[100:]):
        assert counts(half) == {"train": 70, "val": 20, "test": 10, "none": 0}
    assert divide(images, Splits(val_ppm=200_000, test_ppm=100_000, seed=1)) != divided


def test_groups_and_lots_that_cross_are_told() -> None:
    images = [image(1, "a", "train", lot="L1", group="g"), image(2, "b", "test", lot="L1", group="g")]
    problems = Problems()
    find_leaks(images, Splits(), problems)
    assert [(one.fatal, one.where) for one in problems.in_order()] == [(True, "group g"), (False, "lot L1")]
    problems = Problems()
    find_leaks(images, Splits(by="lot"), problems)
    assert problems.errors == 2


def test_nothing_joins_a_locked_test_set() -> None:
    locked = Splits(test_ppm=200_000, val_ppm=1, test_lock="ab" * 32)
    images = [image(1, "a", "test"), image(2, "a"), image(3, "b"), image(4, "c", "test")]
    problems = Problems()
    joined = join_splits(images, locked, {images[1].sha256, images[2].sha256, images[3].sha256}, problems)
    assert [one.split for one in joined] == ["test", "none", "none", "none"]
    assert [one.kind.value for one in problems.found] == ["test-locked"] * 2
    for anew in (False, True):
        assert [one.split for one in divide(joined, locked, anew=anew)] == ["test", "none", "train", "train"]


def imported(tmp_path: Path, *, train: int = 20) -> Path:
    """A dataset of pictures in no split, each with its part."""
    source = write_yolo(tmp_path / "yolo", train=train, val=0)
    text = source.read_text().replace("train: images/train\nval: images/val", "train: images/train")
    source.write_text(text)
    words = ["dataset", "import", "--yolo", source, "--dataset", tmp_path / "d", "--part-is-file"]
    assert run(*words) == 0
    return tmp_path / "d"


def test_split_lock_count_unlock(tmp_path: Path, capsys: Capture) -> None:
    path = imported(tmp_path)
    words = ["dataset", "split", "--dataset", path]
    code, said = told(capsys, *words, "--again", "--val", 20, "--test", 20)
    assert (code, said["splits"]["none"], said["test_lock"]) == (0, 0, None)
    assert said["splits"]["test"] >= 3
    with pytest.raises(DatasetRefused, match="not locked"):
        note_use(DatasetFolder(path), "x")
    code, locked = told(capsys, *words, "--lock")
    assert (code, locked["test_uses"]) == (0, 0)
    assert [note_use(DatasetFolder(path), "evaluate") for _ in range(2)] == [1, 2]
    assert told(capsys, *words)[1]["test_uses"] == 2
    assert told(capsys, *words, "--by", "lot")[0] == 1
    code, again = told(capsys, *words, "--again", "--seed", 7)
    assert (again["splits"]["test"], again["test_lock"]) == (locked["splits"]["test"], locked["test_lock"])
    code, said = told(capsys, *words, "--unlock")
    assert (code, said["test_lock"], said["test_uses"]) == (0, None, 0)
    assert count_uses(DatasetFolder(path)) == 0


def test_labels_of_a_locked_test_set_do_not_change(tmp_path: Path, capsys: Capture) -> None:
    path = imported(tmp_path)
    assert run("dataset", "split", "--dataset", path, "--again", "--test", 40, "--lock") == 0
    folder = DatasetFolder(path)
    victim = next(one for one in folder.load().images if one.split == "test")
    label = tmp_path / "yolo" / "labels" / "train" / f"{Path(victim.source.file).stem}.txt"
    label.write_text("1 0.5 0.5 0.5 0.5\n")
    words = ["dataset", "import", "--yolo", tmp_path / "yolo", "--dataset", path, "--part-is-file", "--update"]
    code, said = told(capsys, *words)
    assert code == 1
    assert "test-locked" in kinds(said)
    changed = victim.model_copy(update={"state": "unlabelled", "boxes": ()})
    manifest = folder.load()
    images = tuple(changed if one is not None and one.sha256 == victim.sha256 else one for one in manifest.images)
    folder.save(manifest.model_copy(update={"images": images}))
    code, said = told(capsys, "dataset", "check", "--dataset", path)
    assert (code, kinds(said)) == (1, ["test-locked"])
    with pytest.raises(DatasetRefused, match="changed"):
        note_use(folder, "x")


def test_without_parts_it_is_not_divided(tmp_path: Path, capsys: Capture) -> None:
    write_picture(tmp_path / "l" / "a.png", 1)
    assert run("dataset", "import", "--labelme", tmp_path / "l", "--dataset", tmp_path / "d") == 0
    code, said = told(capsys, "dataset", "split", "--dataset", tmp_path / "d")
    assert code == 1
    assert "nobody knows the part" in said["error"]["message"]
    assert told(capsys, "dataset", "split", "--dataset", tmp_path / "d", "--val", 60, "--test", 60)[0] == 1


def test_the_contact_sheet_says_and_shows_what_there_is(tmp_path: Path, capsys: Capture) -> None:
    for number in range(3):
        write_picture(tmp_path / "l" / f"{number}.png", number)
    (tmp_path / "l" / "0.json").write_text(json.dumps({"shapes": [], "imagePath": "0.png"}))
    assert run("dataset", "import", "--labelme", tmp_path / "l", "--dataset", tmp_path / "d") == 0
    assert "2 images unlabelled" in capsys.readouterr().out
    assert (tmp_path / "d" / "sheet.jpg").is_file()
    code, said = told(capsys, "dataset", "sheet", "--dataset", tmp_path / "d", "-o", tmp_path / "s.png")
    assert (code, said["shown"]) == (0, 3)
    drawn = cv2.imread(str(tmp_path / "s.png"))
    assert drawn is not None
    green, orange = (drawn == (60, 150, 40)).all(axis=2), (drawn == (0, 150, 230)).all(axis=2)
    assert orange.sum() == 2 * green.sum() > 0  # a frame in its colour for each state
    assert told(capsys, "dataset", "sheet", "--dataset", tmp_path / "d", "-o", tmp_path / "s.xyz")[0] == 1


def test_what_is_exported_for_the_trainer_is_imported_again_as_it_was(tmp_path: Path, capsys: Capture) -> None:
    path = imported(tmp_path)
    assert told(capsys, "dataset", "export", "--dataset", path, "--yolo", tmp_path / "y")[0] == 1  # nothing in val
    assert not (tmp_path / "y").exists()
    assert run("dataset", "split", "--dataset", path, "--again", "--val", 30, "--test", 20) == 0
    code, said = told(capsys, "dataset", "export", "--dataset", path, "--yolo", tmp_path / "y")
    assert (code, said["train"] + said["val"] + said["test"], said["left_out"]) == (0, 20, 0)
    yaml = (tmp_path / "y" / "data.yaml").read_text()
    assert "path" not in yaml
    assert told(capsys, "dataset", "import", "--dataset", tmp_path / "e", "--yolo", tmp_path / "y")[0] == 0
    before, after = DatasetFolder(path).load().images, DatasetFolder(tmp_path / "e").load().images
    assert [(a.sha256, a.boxes, a.state, a.split) for a in before] == [
        (a.sha256, a.boxes, a.state, a.split) for a in after
    ]
    assert told(capsys, "dataset", "export", "--dataset", path, "--yolo", tmp_path / "y")[0] == 1  # it is there


def test_what_goes_to_labelme_comes_back(tmp_path: Path, capsys: Capture) -> None:
    path = imported(tmp_path)
    code, said = told(capsys, "dataset", "export", "--dataset", path, "--labelme", tmp_path / "l", "--only-unlabelled")
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")
    code, said = told(capsys, "dataset", "export", "--dataset", path, "--labelme", tmp_path / "l")
    assert (code, said["images"], said["proposed"]) == (0, 20, 0)
    before = (path / "manifest.json").read_bytes()
    words = ["dataset", "import", "--labelme", tmp_path / "l", "--dataset", path, "--update"]
    assert told(capsys, *words)[1]["known"] == 20
    assert (path / "manifest.json").read_bytes() == before
    label = next((tmp_path / "l").glob("*.json"))
    content = json.loads(label.read_text())
    content["shapes"] = [{"label": "dent", "points": [[1, 2], [11, 12]], "shape_type": "rectangle"}]
    label.write_text(json.dumps(content))
    assert told(capsys, *words)[1]["updated"] == 1
    found = [one for one in DatasetFolder(path).load().images if one.sha256.startswith(label.stem)]
    assert [(box.class_name, box.x, box.y, box.w, box.h) for box in found[0].boxes] == [("dent", 1, 2, 10, 10)]
    assert found[0].part is not None


def test_a_changed_picture_is_not_exported(tmp_path: Path, capsys: Capture) -> None:
    path = imported(tmp_path)
    victim = path / DatasetFolder(path).load().images[0].file
    assert cv2.imwrite(str(victim), np.zeros((64, 64), np.uint8))
    assert told(capsys, "dataset", "export", "--dataset", path, "--labelme", tmp_path / "l")[0] == 1
    assert not (tmp_path / "l").exists()
    assert told(capsys, "dataset", "sheet", "--dataset", path)[0] == 1
