# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a model proposes is never a label before a person has said so."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspector.errors import InferenceFailed
from tests.dataset_samples import run
from tests.tiny_model import write_tiny_package
from training.dataset.folder import DatasetFolder
from training.dataset.manifest import Image, Manifest
from training.labelling import model
from training.labelling import propose as proposing

Capture = pytest.CaptureFixture[str]
RECIPE = """format = "inspector-recipe/1"
name = "tiny"
version = "1"
[classes.red]
min_score = 0.9
grey_from = 0.7
[classes.green]
min_score = 0.95
[classes.blue]
min_score = 0.95
"""


def told(capsys: Capture, *words: object) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = run(*words, "--json")
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return code, found


def paint(path: Path, *spots: tuple[int, int, tuple[int, int, int]], shade: int = 0) -> None:
    """A picture of 96 x 96 px, dark, with cells of 32 px painted: column, row, blue-green-red."""
    pixels = np.full((96, 96, 3), (12, 10, 10 + shade), np.uint8)
    for column, row, colour in spots:
        pixels[32 * row : 32 * row + 32, 32 * column : 32 * column + 32] = colour
    path.parent.mkdir(parents=True, exist_ok=True)
    assert cv2.imwrite(str(path), pixels)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Three pictures that nobody has labelled, and a model that finds one red spot, one weak red one, and none."""
    paint(tmp_path / "in" / "a.png", (1, 1, (0, 0, 255)))
    paint(tmp_path / "in" / "b.png", (0, 0, (0, 0, 204)), (2, 0, (0, 200, 0)))
    paint(tmp_path / "in" / "c.png")
    assert run("dataset", "import", "--labelme", tmp_path / "in", "--part-is-file", "--dataset", tmp_path / "d") == 0
    write_tiny_package(tmp_path / "model", width=96, height=96)
    return tmp_path


def by_name(data: Path) -> dict[str, Image]:
    return {one.source.file: one for one in DatasetFolder(data / "d").load().images}


def proposals(image: Image) -> list[tuple[str, float, float, float, float, int]]:
    return [(one.class_name, one.x, one.y, one.w, one.h, round((one.score_ppm or 0) / 1000)) for one in image.proposals]


def test_findings_become_proposals_with_model_and_score(data: Path, capsys: Capture) -> None:
    words = ("dataset", "propose", "--dataset", data / "d", "--model", data / "model")
    code, said = told(capsys, *words)
    assert (code, said["pictures"], said["with_findings"], said["findings"], said["known"]) == (0, 3, 2, 3, 0)
    found = by_name(data)
    assert proposals(found["a.png"]) == [("red", 32, 32, 32, 32, 1000)]
    assert proposals(found["b.png"]) == [("green", 64, 0, 32, 32, 784), ("red", 0, 0, 32, 32, 800)]
    assert proposals(found["c.png"]) == []
    assert {one.proposed_by for one in found.values()} == {said["model_digest"]}
    assert {one.state for one in found.values()} == {"unlabelled"}
    assert DatasetFolder(data / "d").load().classes == ("red", "green", "blue")
    before = (data / "d" / "manifest.json").read_bytes()
    code, said = told(capsys, *words)
    assert (code, said["pictures"], said["known"]) == (0, 0, 3)
    assert (data / "d" / "manifest.json").read_bytes() == before
    assert told(capsys, "dataset", "check", "--dataset", data / "d")[1]["errors"] == 0
    assert run(*words) == 0
    assert "These are no labels: correct them in LabelMe (inspector dataset export --labelme DIR" in " ".join(
        capsys.readouterr().out.split()
    )


def test_a_recipe_says_what_counts_and_a_score_where_there_is_none(data: Path, capsys: Capture) -> None:
    words = ("dataset", "propose", "--dataset", data / "d", "--model", data / "model", "--again")
    (data / "r.toml").write_text(RECIPE)
    assert told(capsys, *words, "--recipe", data / "r.toml")[1]["findings"] == 2  # grey counts, a weak green does not
    assert proposals(by_name(data)["b.png"]) == [("red", 0, 0, 32, 32, 800)]
    assert told(capsys, *words, "--min-score", "0.9")[1]["findings"] == 1
    (data / "r.toml").write_text(RECIPE.replace('version = "1"', 'version = "1"\nimage_size = [64, 64]'))
    code, said = told(capsys, *words, "--recipe", data / "r.toml")
    assert code != 0
    assert "64 x 64" in said["error"]["message"]


def test_what_a_person_ticked_becomes_a_label_and_nothing_else(data: Path, capsys: Capture) -> None:
    """a: looked at and right; b: changed, but the tick is still there; c: looked at, and good."""
    assert run("dataset", "propose", "--dataset", data / "d", "--model", data / "model") == 0
    assert run("dataset", "export", "--dataset", data / "d", "--labelme", data / "l", "--only-unlabelled") == 0
    files = {name: data / "l" / f"{image.sha256[:16]}.json" for name, image in by_name(data).items()}
    content = {name: json.loads(file.read_text()) for name, file in files.items()}
    assert [one["description"] for one in content["b.png"]["shapes"]] == [
        "proposed, score 0.78",
        "proposed, score 0.80",
    ]
    before = (data / "d" / "manifest.json").read_bytes()
    words = ("dataset", "import", "--labelme", data / "l", "--dataset", data / "d")
    code, said = told(capsys, *words)
    assert (code, said["known"], said["warnings"]) == (0, 3, 0)
    assert (data / "d" / "manifest.json").read_bytes() == before
    for name in ("a.png", "c.png"):
        content[name]["flags"]["unlabelled"] = False
    content["b.png"]["shapes"].pop()
    for name, file in files.items():
        file.write_text(json.dumps(content[name]))
    code, said = told(capsys, *words)
    assert (code, said["updated"], said["states"]) == (0, 2, {"labelled": 1, "good": 1, "unlabelled": 1})
    assert any("still set" in one["what"] for one in said["problems"])
    found = by_name(data)
    assert [(one.class_name, one.x, one.y) for one in found["a.png"].boxes] == [("red", 32, 32)]
    assert (found["a.png"].proposals, found["a.png"].proposed_by, found["c.png"].state) == ((), None, "good")
    assert len(found["b.png"].proposals) == 2  # as the model gave them
    code, said = told(capsys, "dataset", "propose", "--dataset", data / "d", "--model", data / "model", "--again")
    assert said["pictures"] == 1  # what a person labelled is left alone


@pytest.mark.parametrize("flags", [None, {}, {"other": False}, {"unlabelled": "false"}])
def test_a_flag_that_is_lost_makes_no_labels(flags: object, data: Path, capsys: Capture) -> None:
    assert run("dataset", "propose", "--dataset", data / "d", "--model", data / "model") == 0
    assert run("dataset", "export", "--dataset", data / "d", "--labelme", data / "l") == 0
    for file in (data / "l").glob("*.json"):
        content = json.loads(file.read_text())
        content["flags"] = flags
        file.write_text(json.dumps(content))
    code, said = told(capsys, "dataset", "import", "--labelme", data / "l", "--dataset", data / "d")
    assert (code, said["states"]) == (0, {"labelled": 0, "good": 0, "unlabelled": 3})
    assert sum("is gone" in one["what"] for one in said["problems"]) == 3


def test_what_is_done_stays_when_it_is_cut_short(data: Path, monkeypatch: pytest.MonkeyPatch, capsys: Capture) -> None:
    finder = model.Finder(data / "model", 1)
    whole, calls = finder.find, 0

    def failing(pixels: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == 3:
            raise InferenceFailed("The network gave no finite number", "")
        return whole(pixels)

    monkeypatch.setattr(finder, "find", failing)
    with pytest.raises(InferenceFailed):
        proposing.propose(DatasetFolder(data / "d"), finder)
    assert sum(one.proposed_by is not None for one in by_name(data).values()) == 2
    code, said = told(capsys, "dataset", "propose", "--dataset", data / "d", "--model", data / "model")
    assert (code, said["pictures"], said["known"]) == (0, 1, 2)


def test_classes_are_added_only_when_that_is_said(data: Path, capsys: Capture) -> None:
    folder = DatasetFolder(data / "d")
    folder.save(folder.load().model_copy(update={"classes": ("dent",)}))
    words = ("dataset", "propose", "--dataset", data / "d", "--model", data / "model")
    code, said = told(capsys, *words)
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")
    assert "red, green, blue" in said["error"]["message"]
    assert told(capsys, *words, "--add-classes")[0] == 0
    assert folder.load().classes == ("dent", "red", "green", "blue")


def test_a_picture_that_was_changed_is_not_judged(data: Path, capsys: Capture) -> None:
    victim = data / "d" / by_name(data)["a.png"].file
    paint(victim, shade=3)
    code, said = told(capsys, "dataset", "propose", "--dataset", data / "d", "--model", data / "model")
    assert (code, said["error"]["code"]) == (1, "DATASET_REFUSED")


def test_labelled_pictures_carry_no_proposals_of_a_model(data: Path) -> None:
    manifest = DatasetFolder(data / "d").load()
    image = manifest.images[0].model_copy(update={"state": "good", "proposed_by": "0" * 64})
    with pytest.raises(Exception, match="no proposals of a model"):
        Manifest.parse(manifest.model_copy(update={"images": (image,)}).encode(), "x")
