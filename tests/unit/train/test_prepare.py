# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the trainer gets to read, and what it never gets to see."""

from __future__ import annotations

import shutil
from collections import namedtuple
from pathlib import Path

import cv2
import numpy as np
import pytest
from filelock import FileLock

from inspector.errors import ConfigError, DatasetRefused, InspectorError, TrainingFailed
from tests.dataset_samples import run, write_picture, write_yolo
from tests.unit.train.test_runfile import EPOCH
from training.dataset.folder import DatasetFolder
from training.train import prepare, runfile
from training.train.engine import train
from training.train.extra import versions
from training.train.prepare import Dataset, YoloFile, examine_source, lay_out
from training.train.runfile import Data, Run
from training.train.spec import Settings, TrainSpec


def silent(*_: object) -> None:
    pass


@pytest.fixture
def dataset(tmp_path: Path) -> Path:
    """20 pictures for training and 4 for validation, half of them good; two classes."""
    folder = tmp_path / "dataset"
    yaml = write_yolo(tmp_path / "yolo", train=20, val=4)
    assert run("dataset", "import", "--yolo", yaml, "--dataset", folder, "--part-is-file") == 0
    return folder


def test_the_layout_lists_rare_ones_twice_and_holds_no_test_picture(dataset: Path, tmp_path: Path) -> None:
    folder = DatasetFolder(dataset)
    before = folder.load()
    moved = next(image for image in before.images if image.state == "labelled" and image.split == "train")
    images = [one.model_copy(update={"split": "test"}) if one is moved else one for one in before.images]
    folder.save(before.model_copy(update={"images": tuple(images)}))
    source = examine_source(dataset, silent)
    assert source.sha256 == folder.digest()
    yaml, data, chosen = lay_out(source, Settings(good_share=0.1), tmp_path / "work", 200_000_000, silent)
    assert chosen is not None
    there = {path.name for path in (tmp_path / "work").rglob("*.png")}
    assert not any(name.startswith(moved.sha256[:16]) for name in there)
    lines = (tmp_path / "work" / "train.txt").read_text().splitlines()
    assert len(lines) == sum(chosen.showings) == data.train + data.repeated  # type: ignore[operator]
    assert {Path(line).name for line in lines} == {path.name for path in (tmp_path / "work/images/train").iterdir()}
    assert (data.train, data.good, data.val) == (10, 1, 4)
    assert yaml.read_text().startswith("train: train.txt\nval: images/val\nnames:\n  0: ")
    for image in (one for one in images if one.split == "val"):
        label = (tmp_path / "work/labels/val" / f"{image.sha256[:16]}.txt").read_text()
        assert len(label.splitlines()) == len(image.boxes)


def test_tiles_are_the_pixels_of_the_picture_with_their_boxes(tmp_path: Path) -> None:
    for split, number in (("train", 1), ("val", 2)):
        write_picture(tmp_path / f"yolo/images/{split}/p{number}.png", number, edge=160)
        label = tmp_path / f"yolo/labels/{split}/p{number}.txt"
        label.parent.mkdir(parents=True)
        label.write_text("0 0.9 0.9 0.1 0.05\n")
    (tmp_path / "yolo/data.yaml").write_text("train: images/train\nval: images/val\nnames:\n  0: dent\n")
    yaml = tmp_path / "yolo/data.yaml"
    assert run("dataset", "import", "--yolo", yaml, "--dataset", tmp_path / "d", "--part-is-file") == 0
    source = examine_source(tmp_path / "d", silent)
    assert isinstance(source, Dataset)
    lay_out(source, Settings(tile=96, overlap=24, good_share=0.5), tmp_path / "work", 200_000_000, silent)
    image = next(one for one in source.manifest.images if one.split == "train")
    whole = cv2.imread(str(tmp_path / "d" / image.file), cv2.IMREAD_UNCHANGED)
    tile = cv2.imread(str(tmp_path / f"work/images/train/{image.sha256[:16]}-64-64.png"), cv2.IMREAD_UNCHANGED)
    assert np.array_equal(tile, whole[64:, 64:])
    number, cx, cy, w, h = (tmp_path / f"work/labels/train/{image.sha256[:16]}-64-64.txt").read_text().split()
    found = [float(cx) * 96 + 64, float(cy) * 96 + 64, float(w) * 96, float(h) * 96]
    assert found == pytest.approx([144, 144, 16, 8], abs=0.1)
    assert number == "0"


def test_a_dataset_with_a_fault_is_refused_with_its_place(dataset: Path) -> None:
    picture = next((dataset / "images").rglob("*.png"))
    write_picture(picture, 999)
    with pytest.raises(DatasetRefused, match=rf"not fit for training: .*{picture.name}.*was changed"):
        examine_source(dataset, silent)


def test_a_leak_between_the_splits_is_refused(dataset: Path) -> None:
    folder = DatasetFolder(dataset)
    manifest = folder.load()
    images = tuple(image.model_copy(update={"group": "same"}) for image in manifest.images)
    folder.save(manifest.model_copy(update={"images": images}))
    with pytest.raises(DatasetRefused, match=r"group same: is in train .* and val"):
        examine_source(dataset, silent)


def test_a_picture_that_changes_after_the_check_is_refused(dataset: Path, tmp_path: Path) -> None:
    source = examine_source(dataset, silent)
    for picture in (dataset / "images").rglob("*.png"):
        write_picture(picture, 999)
    with pytest.raises(DatasetRefused, match="was changed"):
        lay_out(source, Settings(), tmp_path / "work", 200_000_000, silent)


def test_a_disk_without_room_is_told_before_anything_is_written(
    dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage(10**12, 10**12, 5_000_000))
    with pytest.raises(TrainingFailed, match="has 5 MB free; training may need 200 MB"):
        lay_out(examine_source(dataset, silent), Settings(), tmp_path / "work", 200_000_000, silent)
    assert not (tmp_path / "work").exists()
    with pytest.raises(TrainingFailed, match="has 5 MB free"):
        lay_out(examine_source(tmp_path / "yolo/data.yaml", silent), Settings(), tmp_path / "work", 200_000_000, silent)


def test_larger_networks_need_more_room(tmp_path: Path) -> None:
    (tmp_path / "w.pt").write_bytes(bytes(1000))
    small, large = (prepare.room_for(Settings(size=size), None) for size in ("n", "m"))
    assert small < large
    assert prepare.room_for(Settings(), tmp_path / "w.pt") == 30_000


def test_a_yolo_dataset_is_read_where_it_lies_and_known_by_its_content(tmp_path: Path) -> None:
    yaml = write_yolo(tmp_path / "yolo")
    source = examine_source(yaml, silent)
    assert isinstance(source, YoloFile)
    assert lay_out(source, Settings(), tmp_path / "work", 200_000_000, silent)[0] == yaml
    (tmp_path / "yolo/labels/train.cache").write_text("written by the trainer")
    (tmp_path / "yolo/labels/train/p000.cache").write_text("written by the trainer")
    assert examine_source(yaml, silent) == source
    (tmp_path / "yolo/labels/train/p000.txt").write_text("1 0.5 0.5 0.25 0.125\n")
    assert examine_source(yaml, silent).sha256 != source.sha256
    assert prepare.examine_source(write_yolo(tmp_path / "again"), silent).sha256 == source.sha256


@pytest.mark.parametrize("line", ["path: /elsewhere", "download: https://example.com/a.zip"])
def test_a_yolo_dataset_that_points_elsewhere_is_refused(tmp_path: Path, line: str) -> None:
    yaml = write_yolo(tmp_path / "yolo")
    yaml.write_text(yaml.read_text() + line + "\n")
    with pytest.raises(ConfigError, match=f"has `{line.split(':')[0]}`"):
        examine_source(yaml, silent)


def begun(dataset: Path, out: Path, **changes: object) -> TrainSpec:
    """A run that was killed after its first epoch."""
    settings = Settings(epochs=2)
    run = Run(
        state="running",
        data=Data(kind="dataset", sha256=DatasetFolder(dataset).digest()),
        settings=settings,
        device="CPU",
        versions=versions(),
        planned=2,
        epochs=(EPOCH,),
        best=1,
    )
    out.mkdir()
    runfile.write(out, run.model_copy(update=changes))
    return TrainSpec(dataset, out, settings)


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        pytest.param({"data": Data(kind="dataset", sha256="ab" * 32)}, "is not what this training", id="data"),
        pytest.param({"settings": Settings(seed=5)}, "not the settings", id="settings"),
        pytest.param(
            {"versions": {"torch": "1", "torchvision": "1", "ultralytics": "8"}}, "began with torch 1", id="versions"
        ),
        pytest.param({"state": "finished", "weights_sha256": "ab" * 32}, "is finished", id="finished"),
    ],
)
def test_a_run_goes_on_only_with_what_it_began_with(
    dataset: Path, tmp_path: Path, changes: dict[str, object], told: str
) -> None:
    spec = begun(dataset, tmp_path / "out", **changes)
    before = (tmp_path / "out/run.json").read_bytes()
    with pytest.raises(ConfigError, match=told):
        train(spec, resume=True)
    assert (tmp_path / "out/run.json").read_bytes() == before


@pytest.mark.parametrize("name", ["run.json", "weights.pt"])
def test_nothing_is_trained_over_another_run(dataset: Path, tmp_path: Path, name: str) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / name).write_bytes(b"")
    with pytest.raises(ConfigError, match="There is a training in"):
        train(TrainSpec(dataset, out))


def test_two_commands_do_not_train_in_one_folder(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "out/.training").mkdir(parents=True)
    with FileLock(tmp_path / "out/.training/.lock"), pytest.raises(ConfigError, match="Another command is training"):
        train(TrainSpec(dataset, tmp_path / "out"))


def test_what_is_not_there_is_refused_before_anything_is_loaded(dataset: Path, tmp_path: Path) -> None:
    wrong: list[tuple[TrainSpec, bool, type[InspectorError], str]] = [
        (TrainSpec(tmp_path / "none", tmp_path / "out"), False, ConfigError, "There is no dataset"),
        (TrainSpec(tmp_path, tmp_path / "out"), False, DatasetRefused, "is no dataset"),
        (TrainSpec(dataset, tmp_path / "out", base=tmp_path / "w.pt"), False, ConfigError, "no file .* to start from"),
        (TrainSpec(dataset, tmp_path / "out"), True, ConfigError, "holds no training"),
    ]
    for spec, resume, kind, told in wrong:
        with pytest.raises(kind, match=told):
            train(spec, resume=resume)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_told(dataset: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(ConfigError, match="cannot be made"):
        train(TrainSpec(dataset, tmp_path / "file" / "out"))


def test_options_of_datasets_are_refused_for_a_yolo_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    yaml = write_yolo(tmp_path / "yolo")
    assert run("train", "--data", yaml, "--out", tmp_path / "out", "--tile", "64") == 3
    assert "--tile need a dataset" in capsys.readouterr().err
