# SPDX-License-Identifier: AGPL-3.0-or-later
"""Importing a YOLO dataset: all of it or nothing, everything that is wrong told at once."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import pytest

from tests.dataset_samples import kinds, picture, run, told, write_picture, write_yolo
from training.dataset.folder import DatasetFolder

Capture = pytest.CaptureFixture[str]


def test_a_dataset_is_taken_in_unchanged_under_hashes(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    code, said = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")
    assert (code, said["added"], said["errors"]) == (0, 6, 0)
    assert said["states"] == {"labelled": 3, "good": 3, "unlabelled": 0}
    folder = DatasetFolder(tmp_path / "d")
    manifest = folder.load()
    assert manifest.classes == ("scratch", "dent")
    assert said["manifest_sha256"] == hashlib.sha256((tmp_path / "d" / "manifest.json").read_bytes()).hexdigest()
    for image in manifest.images:
        original = (tmp_path / "yolo" / image.source.file).read_bytes()
        assert (tmp_path / "d" / image.file).read_bytes() == original
        assert hashlib.sha256(original).hexdigest() == image.sha256
    first = next(image for image in manifest.images if image.source.file.endswith("p000.png"))
    assert [(b.class_name, b.x, b.y, b.w, b.h) for b in first.boxes] == [("scratch", 24, 28, 16, 8)]
    assert (first.split, first.width, first.height, first.channels) == ("train", 64, 64, 1)
    assert {image.split for image in manifest.images} == {"train", "val"}


def test_the_same_import_gives_the_same_manifest_and_again_changes_nothing(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    first = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "a" / "d")[1]
    second = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "b" / "d")[1]
    again = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "a" / "d")[1]
    assert first["manifest_sha256"] == second["manifest_sha256"] == again["manifest_sha256"]
    assert (again["added"], again["known"]) == (0, 6)
    assert again["problems"] == []
    write_picture(tmp_path / "yolo" / "images" / "train" / "copy.png", 1)
    label(tmp_path / "yolo", "", "copy")
    again = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "a" / "d")[1]
    assert (again["known"], again["added"], kinds(again, "warning")) == (7, 0, [])
    twice = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "a" / "e")[1]
    assert (twice["known"], twice["added"], kinds(twice, "warning")) == (1, 6, ["same-file"])


def label(folder: Path, text: str | bytes, name: str = "p000") -> None:
    path = folder / "labels" / "train" / f"{name}.txt"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())


def deep(folder: Path) -> None:
    done, data = cv2.imencode(".png", np.zeros((8, 8), np.uint16))
    assert done
    (folder / "images" / "train" / "p001.png").write_bytes(data.tobytes())


def truncated_jpeg(folder: Path) -> None:
    path = write_picture(folder / "images" / "train" / "x.jpg", 77)
    path.write_bytes(path.read_bytes()[:-400])


def flipped_bit(folder: Path) -> None:
    path = folder / "images" / "train" / "p001.png"
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def cut(folder: Path) -> None:
    path = folder / "images" / "train" / "p001.png"
    path.write_bytes(path.read_bytes()[:100])


def turned(folder: Path) -> None:
    path = write_picture(folder / "images" / "train" / "x.jpg", 77)
    exif = b"Exif\0\0II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\x06\0\0\0\0\0\0\0"
    data = path.read_bytes()
    path.write_bytes(data[:2] + b"\xff\xe1" + (len(exif) + 2).to_bytes(2, "big") + exif + data[2:])


BAD: dict[str, tuple[Callable[[Path], object], str]] = {
    "outside": (lambda f: label(f, "0 0.95 0.5 0.25 0.1"), "box-outside"),
    "zero": (lambda f: label(f, "0 0.5 0.5 0 0.1"), "box-empty"),
    "negative": (lambda f: label(f, "0 0.5 0.5 -0.2 0.1"), "box-empty"),
    "class": (lambda f: label(f, "7 0.5 0.5 0.1 0.1"), "unknown-class"),
    "words": (lambda f: label(f, "scratch 0.5 0.5 0.1 0.1"), "label-file"),
    "few": (lambda f: label(f, "0 0.5 0.5 0.1"), "label-file"),
    "nan": (lambda f: label(f, "0 nan 0.5 0.1 0.1"), "label-file"),
    "bytes": (lambda f: label(f, b"\xff\xfe0 0.5"), "label-file"),
    "orphan": (lambda f: label(f, "", "nobody"), "missing-picture"),
    "empty file": (lambda f: (f / "images" / "train" / "p001.png").write_bytes(b""), "broken-picture"),
    "no picture": (lambda f: (f / "images" / "train" / "p001.png").write_bytes(b"hello"), "broken-picture"),
    "cut": (cut, "broken-picture"),
    "flipped": (flipped_bit, "broken-picture"),
    "truncated": (truncated_jpeg, "broken-picture"),
    "turned": (turned, "broken-picture"),
    "16 bits": (deep, "channels"),
    "alpha": (lambda f: write_picture(f / "images" / "train" / "p001.png", 9, channels=4), "channels"),
    "colour": (lambda f: write_picture(f / "images" / "train" / "p001.png", 9, channels=3), "channels"),
    "two suffixes": (lambda f: write_picture(f / "images" / "train" / "p001.bmp", 9), "name-clash"),
    "other labels": (lambda f: write_picture(f / "images" / "train" / "p002.png", 0), "other-labels"),
    "leak": (lambda f: write_picture(f / "images" / "val" / "p005.png", 1), "leak"),
    "yaml": (lambda f: (f / "data.yaml").write_text("names: [a, b"), "source"),
    "alias": (lambda f: (f / "data.yaml").write_text("names: &a [x]\ntrain: *a"), "source"),
    "gap": (lambda f: (f / "data.yaml").write_text("train: images/train\nnames: {0: a, 2: b}"), "source"),
    "nowhere": (lambda f: (f / "data.yaml").write_text("train: gone\nnames: [scratch, dent]"), "source"),
}


@pytest.mark.parametrize("what", sorted(BAD))
def test_what_is_wrong_is_named_and_nothing_is_imported(what: str, tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    spoil, kind = BAD[what]
    spoil(tmp_path / "yolo")
    code, said = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")
    assert code == 1
    assert not said["imported"]
    assert kind in kinds(said)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["yolo"]


def test_everything_that_is_wrong_is_told_in_one_go(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    label(tmp_path / "yolo", "9 0.5 0.5 0.1 0.1\n0 0.5 0.5 0 0\nnonsense\n0 0.5 0.5 0.1 0.1\n")
    cut(tmp_path / "yolo")
    code, said = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")
    assert code == 1
    assert kinds(said) == ["box-empty", "broken-picture", "label-file", "unknown-class"]
    assert [one["where"].split("/")[-1] for one in said["problems"] if one["kind"] == "label-file"] == ["p000.txt:3"]
    run("dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")
    out = capsys.readouterr().out
    assert "4 errors" in out
    assert "nothing was imported" in out


def test_warnings_do_not_stop_an_import(tmp_path: Path, capsys: Capture) -> None:
    """No label file: unlabelled. Nearly the same, the same pixels in another format, an empty class, another size."""
    source = write_yolo(tmp_path / "yolo")
    images = tmp_path / "yolo" / "images" / "train"
    (tmp_path / "yolo" / "labels" / "train" / "p003.txt").unlink()
    noisy = picture(1)
    noisy[0, 0] ^= 1
    assert cv2.imwrite(str(images / "near.png"), noisy)
    write_picture(images / "same.bmp", 1)
    write_picture(images / "large.png", 99, edge=80)
    for name in ("near", "same", "large"):
        label(tmp_path / "yolo", "", name)
    source.write_text("train: images/train\nval: images/val\nnames: [scratch, dent, crack]\n")
    code, said = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")
    assert (code, said["states"]["unlabelled"]) == (0, 1)
    assert kinds(said, "warning") == ["empty-class", "missing-label", "nearly-same", "same-pixels", "sizes"]
    code, said = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "e", "--no-label-is-good")
    assert (code, said["states"]["unlabelled"]) == (0, 0)


def test_a_grey_picture_that_is_stored_as_colour_is_grey(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    grey = picture(50)
    assert cv2.imwrite(str(tmp_path / "yolo/images/train/p001.png"), np.dstack([grey, grey, grey]))
    assert told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")[0] == 0
    assert {image.channels for image in DatasetFolder(tmp_path / "d").load().images} == {1}


def test_polygons_become_the_boxes_around_them(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    label(tmp_path / "yolo", "1 0.25 0.5 0.5 0.25 0.75 0.5 0.5 0.75\n")
    assert told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")[0] == 0
    images = DatasetFolder(tmp_path / "d").load().images
    (found,) = next(image for image in images if image.source.file.endswith("p000.png")).boxes
    assert (found.class_name, found.x, found.y, found.w, found.h) == ("dent", 16, 16, 32, 32)


def test_new_labels_of_known_pictures_need_a_word(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    words = ["dataset", "import", "--yolo", source, "--dataset", tmp_path / "d"]
    assert told(capsys, *words)[0] == 0
    label(tmp_path / "yolo", "1 0.5 0.5 0.25 0.125\n")
    before = (tmp_path / "d" / "manifest.json").read_bytes()
    code, said = told(capsys, *words)
    assert (code, kinds(said)) == (1, ["other-labels"])
    assert (tmp_path / "d" / "manifest.json").read_bytes() == before
    code, said = told(capsys, *words, "--update")
    assert (code, said["updated"], said["known"], said["added"]) == (0, 1, 5, 0)
    assert (tmp_path / "d" / "manifest.json").read_bytes() != before


def test_a_class_that_the_dataset_does_not_have_needs_a_word(tmp_path: Path, capsys: Capture) -> None:
    first = write_yolo(tmp_path / "one")
    assert told(capsys, "dataset", "import", "--yolo", first, "--dataset", tmp_path / "d")[0] == 0
    write_picture(tmp_path / "two/images/x.png", 500)
    (tmp_path / "two/labels").mkdir()
    (tmp_path / "two/labels/x.txt").write_text("0 0.5 0.5 0.5 0.5")
    (tmp_path / "two/data.yaml").write_text("train: images\nnames: [crack]")
    words = ["dataset", "import", "--yolo", tmp_path / "two", "--dataset", tmp_path / "d"]
    code, said = told(capsys, *words)
    assert (code, kinds(said)) == (1, ["unknown-class"])
    assert told(capsys, *words, "--add-classes")[0] == 0
    assert DatasetFolder(tmp_path / "d").load().classes == ("scratch", "dent", "crack")


def test_a_later_picture_of_a_part_goes_where_the_others_are_and_never_into_two_splits(
    tmp_path: Path, capsys: Capture
) -> None:
    first = write_yolo(tmp_path / "one")
    words = ["dataset", "import", "--dataset", tmp_path / "d", "--part-from", r"(p\d+)", "--no-label-is-good"]
    assert told(capsys, *words, "--yolo", first)[0] == 0
    write_picture(tmp_path / "two/all/p005-side.png", 700)
    (tmp_path / "two/data.yaml").write_text("train: all\nnames: [scratch, dent]")
    code, said = told(capsys, *words, "--yolo", tmp_path / "two")
    assert (code, kinds(said)) == (1, ["leak"])  # p005 is in val
    (tmp_path / "two/data.yaml").write_text("val: all\nnames: [scratch, dent]")
    assert told(capsys, *words, "--yolo", tmp_path / "two")[0] == 0
    words[words.index("--part-from") + 1] = r"(q\d+)"
    code, said = told(capsys, *words, "--yolo", tmp_path / "two")
    assert (code, kinds(said)) == (1, ["name-clash"])  # the pattern finds no part


def test_a_folder_that_is_no_dataset_is_left_alone(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("years of work")
    code, said = told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "mine")
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["thesis.txt"]


def test_a_full_disk_leaves_the_dataset_as_it_was(
    tmp_path: Path, capsys: Capture, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = write_yolo(tmp_path / "yolo")
    words = ["dataset", "import", "--dataset", tmp_path / "d", "--yolo"]
    assert told(capsys, *words, source)[0] == 0
    before = {path: path.read_bytes() for path in (tmp_path / "d").rglob("*") if path.is_file()}
    write_picture(tmp_path / "yolo/images/val/new.png", 800)
    (tmp_path / "yolo/labels/val/new.txt").write_text("")

    def full(path: Path, data: bytes) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("training.dataset.folder.write_durable", full)
    code, said = told(capsys, *words, source)
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")
    after = {path: path.read_bytes() for path in (tmp_path / "d").rglob("*") if path.is_file()}
    assert {path: data for path, data in after.items() if path.name != ".lock"} == before


@pytest.mark.parametrize("spoil", ["changed", "gone", "stranger"])
def test_check_finds_what_happened_to_a_dataset(spoil: str, tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    assert told(capsys, "dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")[0] == 0
    assert told(capsys, "dataset", "check", "--dataset", tmp_path / "d")[1]["errors"] == 0
    victim = tmp_path / "d" / DatasetFolder(tmp_path / "d").load().images[2].file
    if spoil == "changed":
        write_picture(victim, 901)
    elif spoil == "gone":
        victim.unlink()
    else:
        write_picture(tmp_path / "d/images/extra.png", 902)
    code, said = told(capsys, "dataset", "check", "--dataset", tmp_path / "d")
    expected = {"changed": (1, "dataset-file"), "gone": (1, "missing-picture"), "stranger": (0, "dataset-file")}
    assert code == expected[spoil][0]
    assert expected[spoil][1] in kinds(said, "error" if code else "warning")


def test_show_counts(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    run("dataset", "import", "--yolo", source, "--dataset", tmp_path / "d")
    code, said = told(capsys, "dataset", "show", "--dataset", tmp_path / "d")
    assert code == 0
    assert said["splits"]["train"]["images"] == 4
    assert said["classes"]["scratch"]["boxes"] == {"train": 1, "val": 1, "test": 0, "none": 0}
    assert said["classes"]["dent"]["shorter_side_px"] == {"min": 8.0, "median": 8.0, "max": 8.0}
    assert said["without"]["part"] == 6
    run("dataset", "show", "--dataset", tmp_path / "d")
    out = capsys.readouterr().out
    assert "6 images: 3 labelled, 3 good, 0 images unlabelled" in out
    assert said["manifest_sha256"] in out


def test_a_dataset_that_is_not_there_is_told(tmp_path: Path, capsys: Capture) -> None:
    for action in ("check", "show"):
        code, said = told(capsys, "dataset", action, "--dataset", tmp_path / "nothing")
        assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")


def test_only_one_command_changes_a_dataset_at_a_time(tmp_path: Path, capsys: Capture) -> None:
    source = write_yolo(tmp_path / "yolo")
    words = ["dataset", "import", "--yolo", source, "--dataset", tmp_path / "d"]
    assert told(capsys, *words)[0] == 0
    with DatasetFolder(tmp_path / "d").locked():
        code, said = told(capsys, *words)
    assert code == 1
    assert "Another command" in json.dumps(said)


def test_what_the_generator_renders_is_taken_in(tmp_path: Path, capsys: Capture) -> None:
    """Five parts through the whole chain: rendered, imported, divided, written for the trainer."""
    words = ["synth", "--out", tmp_path / "s", "--parts", 5, "--size", 96, "--workers", 1, "--good-share", 0.4]
    assert run(*words, "--seed", 3) == 0
    (tmp_path / "s" / "data.yaml").write_text(
        (tmp_path / "s" / "data.yaml").read_text().replace("val: images/train\n", "")
    )
    source = ["--yolo", tmp_path / "s" / "data.yaml", "--dataset", tmp_path / "d", "--part-is-file"]
    code, said = told(capsys, "dataset", "import", *source)
    assert (code, said["added"], said["states"]["unlabelled"]) == (0, 5, 0)
    assert said["states"]["good"] >= 1
    assert told(capsys, "dataset", "split", "--dataset", tmp_path / "d", "--again", "--val", 40, "--test", 0)[0] == 0
    code, said = told(capsys, "dataset", "export", "--dataset", tmp_path / "d", "--yolo", tmp_path / "y")
    assert (code, said["train"] + said["val"]) == (0, 5)
    assert len(list((tmp_path / "y" / "labels").rglob("*.txt"))) == 5


def test_a_validation_that_is_the_training_is_none(tmp_path: Path, capsys: Capture) -> None:
    """`inspector synth` without --val, and many a data.yaml that a trainer was content with."""
    data = write_yolo(tmp_path / "yolo", val=0)
    data.write_text(data.read_text().replace("images/val", "images/train"))
    code, said = told(capsys, "dataset", "import", "--dataset", tmp_path / "d", "--yolo", data)
    assert (code, [one["kind"] for one in said["problems"]], said["added"]) == (0, ["leak"], 4)
    assert {image.split for image in DatasetFolder(tmp_path / "d").load().images} == {"train"}
