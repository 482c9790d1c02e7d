# SPDX-License-Identifier: AGPL-3.0-or-later
"""The whole path of `benchmarks/deeppcb.py` on boards that are drawn here, in the layout of DeepPCB."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

from benchmarks import deeppcb
from benchmarks.deeppcb_data import draw_truth, roles, stage
from benchmarks.deeppcb_figures import as_markdown, collect
from tests.dataset_samples import run
from training.dataset.folder import DatasetFolder

EDGE_PX = 160
RULES = """\
format = "inspector-gate/1"
count_by = "picture"
[misses]
max_upper = 1.0
[misses.each_class]
max_upper = 1.0
[false_rejects]
max_upper = 1.0
[against]
max_new_misses = 1000
significance = 1e-9
"""


def board(number: int, *, defect: bool) -> tuple[np.ndarray, str]:
    """Copper lines on a board of its own, one of them cut if it has a defect; and its label, of each class in turn."""
    random = np.random.default_rng(number)
    picture = np.zeros((EDGE_PX, EDGE_PX), np.uint8)
    lines = sorted(int(x) for x in random.choice(np.arange(1, 7), 4, replace=False))
    for x in lines:
        cv2.line(picture, (20 * x, 0), (20 * x, EDGE_PX), 255, 7)
    y = int(random.integers(30, EDGE_PX - 30))
    cv2.line(picture, (0, int(random.integers(5, 20))), (EDGE_PX, 10), 255, 5)
    if not defect:
        return picture, ""
    x = 20 * lines[int(random.integers(0, 4))]
    picture[y - 6 : y + 7, x - 5 : x + 6] = 0
    return picture, f"{number % 6} {x / EDGE_PX:.6f} {y / EDGE_PX:.6f} {16 / EDGE_PX:.6f} {20 / EDGE_PX:.6f}\n"


def write_boards(folder: Path, *, train: int, val: int, test: int) -> Path:
    """A folder as the copy of DeepPCB with its templates has it."""
    (folder / "templates" / "test").mkdir(parents=True)
    for number in range(train + val + test):
        split = "train" if number < train else "val" if number < train + val else "test"
        name = f"{number // 4:05d}{number:03d}"
        for kind in ("images", "labels"):
            (folder / kind / split).mkdir(parents=True, exist_ok=True)
        picture, label = board(number, defect=True)
        cv2.imwrite(str(folder / "images" / split / f"{name}.png"), picture)
        (folder / "labels" / split / f"{name}.txt").write_text(label, "ascii")
        if split == "test":
            cv2.imwrite(str(folder / "templates" / "test" / f"{name}.png"), board(number, defect=False)[0])
    names = "".join(f"  {number}: {name}\n" for number, name in enumerate(deeppcb.CLASSES))
    text = f"train: images/train\nval: images/val\ntest: images/test\nnames:\n{names}"
    (folder / "data.yaml").write_text(text, "utf-8")
    return folder


def test_nothing_that_comes_down_the_line_is_trained_or_tested_on(tmp_path: Path) -> None:
    data = write_boards(tmp_path / "data", train=6, val=2, test=10)
    assert run("dataset", "import", "--deeppcb", data, "--dataset", tmp_path / "published") == 0
    counts = stage(tmp_path / "published", tmp_path / "own", tmp_path / "line", tmp_path / "whole")
    assert counts == {"line": 6, "test": 10, "train": 6, "val": 2 + 4}
    images = DatasetFolder(tmp_path / "published").load().images
    line = {part for part, role in roles(images).items() if role == "line"}
    played = json.loads((tmp_path / "line" / "labels.json").read_bytes())["parts"]
    assert {part["file"][:8] for part in played} == line
    assert sum(part["good"] for part in played) == 3
    assert run("dataset", "import", "--deeppcb", tmp_path / "own", "--dataset", tmp_path / "boards") == 0
    assert not line & {image.part for image in DatasetFolder(tmp_path / "boards").load().images}
    assert len(list((tmp_path / "whole" / "images").iterdir())) == len(list((tmp_path / "whole" / "good").iterdir()))


def test_labels_of_what_the_line_saw_are_the_true_ones(tmp_path: Path) -> None:
    """A station's store, as its pictures come back: without their labels."""
    data = write_boards(tmp_path / "data", train=2, val=1, test=10)
    run("dataset", "import", "--deeppcb", data, "--dataset", tmp_path / "published")
    stage(tmp_path / "published", tmp_path / "own", tmp_path / "line", tmp_path / "whole")
    (tmp_path / "masks").mkdir()
    store = tmp_path / "seen"
    store.mkdir()
    (tmp_path / "line" / "labels.json").rename(tmp_path / "truth.json")
    assert run("dataset", "import", "--labelme", tmp_path / "line", "--dataset", tmp_path / "mine") == 0
    (tmp_path / "truth.json").rename(tmp_path / "line" / "labels.json")
    words = ("--dataset", tmp_path / "mine", "--labelme", tmp_path / "to-label")
    assert run("dataset", "export", *words, "--only-unlabelled") == 0
    assert draw_truth(tmp_path / "to-label", tmp_path / "mine", tmp_path / "line") == 6
    assert (
        run("dataset", "import", "--labelme", tmp_path / "to-label", "--dataset", tmp_path / "mine", "--add-classes")
        == 0
    )
    states = sorted(image.state for image in DatasetFolder(tmp_path / "mine").load().images)
    assert states == ["good"] * 3 + ["labelled"] * 3


def test_figures_of_half_the_path_have_gaps_and_no_errors() -> None:
    counts = {"errors": 1, "trials": 20, "lower_95_ppm": 2561, "upper_95_ppm": 216107}
    curve = {"labels": 3, "findings": 3, "ap50": 0.9, "ap50_95": 0.5}
    boxes = {"map50": 0.9, "map50_95": 0.5, "by_class": {"open": curve}}
    step = {"missed": counts, "false_rejects": counts, "missed_showing_class": {"open": counts}, "boxes": boxes}
    step |= {"latency": {"p50_ms": 20.0, "p99_ms": 31.0, "runs": 40}}
    station = {"verdicts": {"PASS": 7, "FAIL": 5}, "reviewed": 8, "left_open": 4, "seconds": 60.0}
    page = as_markdown(collect({"evaluate-1": step, "station": station}))
    assert (
        "were judged 7 PASS, 5 FAIL. Of the line's pictures the reviewer decided 8; 4 were left open and drawn." in page
    )
    assert "| boards with defects missed | - | 1 of 20, < 22 % | - |" in page
    assert "| open | 0.900 | 1 of 20, < 22 % |" in page


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_the_whole_path_and_nothing_twice(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = write_boards(tmp_path / "data", train=40, val=6, test=20)
    (tmp_path / "gate.toml").write_text(RULES, "utf-8")
    words = ["--data", str(data), "--work", str(tmp_path / "work"), "--minutes", "0.5", "--imgsz", "160"]
    words += ["--rules", str(tmp_path / "gate.toml"), "--threads", "1"]
    assert deeppcb.main(words) == 0, capsys.readouterr()
    figures = json.loads((tmp_path / "work" / "figures.json").read_bytes())
    assert figures["pictures"] == {"line": 12, "test": 20, "train": 40, "val": 6 + 8}
    assert figures["verify"] == {"verdict": "VERIFIED"}
    assert figures["station"]["reviewed"] + figures["station"]["left_open"] == 12
    assert figures["labels"]["drawn"] == figures["station"]["left_open"]
    assert figures["training_2"]["settings"]["lr"] == 0.0005
    page = (tmp_path / "work" / "figures.md").read_text("utf-8")
    assert "| after the line's boards |" in page
    assert "Under the second release, before it was rolled back: " in page
    capsys.readouterr()
    assert deeppcb.main(words) == 0
    assert "$ inspector" not in capsys.readouterr().out
