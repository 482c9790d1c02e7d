# SPDX-License-Identifier: AGPL-3.0-or-later
"""A package equals the weights it was made from, and no others; the command says so. Needs the extra."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from inspector.detect.package import ModelPackage
from inspector.detect.session import Backend
from inspector.errors import ConfigError
from inspector.recipe import Recipe
from tests.dataset_samples import run, told
from tests.tiny_model import write_tiny_package
from tests.tiny_weights import EDGE_PX, write_weights
from tests.unit.export.conftest import Tiny
from training.evaluation.pictures import LabelledPicture, Source
from training.export.equality import compare
from training.export.matching import Tolerance
from training.export.package import export

# torch and its exporter warn about their own insides.
pytestmark = pytest.mark.filterwarnings("ignore")

RECIPE = b"""format = "inspector-recipe/1"
name = "tiny"
version = "1"
[classes.red]
min_score = 0.9
[classes.green]
min_score = 0.9
[classes.blue]
min_score = 0.9
"""
SHAPES = ((96, 96), (80, 131, 3), (203, 150))


def pictures() -> Source:
    random = np.random.default_rng(1)
    shown = [
        LabelledPicture(f"picture {number}", random.integers(0, 256, shape, np.uint8), ())
        for number, shape in enumerate(SHAPES)
    ]
    return Source("noise", len(shown), {"kind": "noise"}, [], iter(shown))


def recipe() -> Recipe:
    return Recipe.parse(RECIPE, "tests")


@pytest.mark.parametrize("backend", ["openvino", "onnxruntime"])
def test_a_package_equals_its_weights(tiny: Tiny, package: ModelPackage, backend: Backend) -> None:
    found = compare(tiny.weights, package, recipe(), pictures(), backend, 1)
    assert found.equal, found.complaints
    assert (found.pictures, found.unmatched, found.verdicts, found.failed) == (3, 0, 0, 0)
    assert found.boxes > 100
    assert found.score < 0.0001
    assert found.box_px < 0.1
    document = found.as_json()
    assert document["equal"] is True
    assert document["package"] == package.digest
    assert found.judged_by["backend"] == backend


@pytest.mark.parametrize(("half", "e2e"), [(False, True), (True, False)])
def test_either_head_and_rounded_weights_are_equal(tiny: Tiny, half: bool, e2e: bool) -> None:
    other = export(tiny.spec(f"other-{half}-{e2e}", half=half, e2e=e2e))
    found = compare(tiny.weights, other, recipe(), pictures(), threads=1)
    assert found.equal, found.complaints
    assert (found.score > 0.00001) == half  # rounding shows, and is within the tolerance
    strict = compare(tiny.weights, other, recipe(), pictures(), threads=1, tolerance=Tolerance(1.0, 0.00001))
    assert strict.equal == (not half)


def test_other_weights_are_not_equal(tiny: Tiny, package: ModelPackage, tmp_path: Path) -> None:
    others = write_weights(tmp_path, seed=2)
    found = compare(others, package, recipe(), pictures(), threads=1)
    assert not found.equal
    assert found.unmatched > 0
    assert any("findings that the other has not" in words for words in found.complaints)
    assert found.worst[0].found.unmatched == max(one.found.unmatched for one in found.worst)


def test_a_slightly_changed_network_is_told_by_how_much(tiny: Tiny, package: ModelPackage, tmp_path: Path) -> None:
    import torch

    data = torch.load(tiny.weights, map_location="cpu", weights_only=False)
    for branch in data["model"].model[-1].cv2:
        branch[-1].bias.data.add_(0.5)  # half a cell, of 8 or 16 px
    torch.save(data, tmp_path / "moved.pt")
    found = compare(tmp_path / "moved.pt", package, recipe(), pictures(), threads=1)
    assert not found.equal
    assert found.box_px > 2
    assert any("px, 1 is allowed" in words for words in found.complaints)


def test_verdicts_decide_too(tiny: Tiny, package: ModelPackage) -> None:
    found = compare(tiny.weights, package, recipe(), pictures(), threads=1)
    assert not replace(found, verdicts=1).equal
    assert not replace(found, failed=1).equal
    assert not replace(found, score=0.006).equal
    assert not replace(found, precision="int8").equal


def test_nothing_found_is_no_proof(tiny: Tiny, package: ModelPackage) -> None:
    empty = Source("none", 0, {}, [], iter(()))
    found = compare(tiny.weights, package, recipe(), empty, threads=1)
    assert not found.equal
    assert found.complaints == ("no findings on these pictures: there is nothing to compare",)


def test_a_network_that_fails_is_not_equal(tiny: Tiny, tmp_path: Path) -> None:
    broken = write_tiny_package(tmp_path / "nan", width=EDGE_PX, height=EDGE_PX, variant="nan", score_ppm=100_000)
    found = compare(tiny.weights, broken, recipe(), pictures(), threads=1)
    assert (found.failed, found.verdicts, found.equal) == (3, 3, False)
    assert found.worst[0].package.value == "ERROR"


def test_what_cannot_be_compared_is_refused(tiny: Tiny, package: ModelPackage, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="There are no weights"):
        compare(tmp_path / "none.pt", package, recipe(), pictures(), threads=1)
    (tmp_path / "bad.pt").write_bytes(b"no checkpoint")
    with pytest.raises(ConfigError, match="holds no trained model"):
        compare(tmp_path / "bad.pt", package, recipe(), pictures(), threads=1)
    others = write_weights(tmp_path, classes=("red", "green", "black"))
    with pytest.raises(ConfigError, match="knows red, green, black"):
        compare(others, package, recipe(), pictures(), threads=1)


def test_the_command_answers_in_words_json_and_exit_codes(
    tiny: Tiny, package: ModelPackage, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "r.toml").write_bytes(RECIPE)
    images = tmp_path / "images"
    images.mkdir()
    for picture in pictures():
        cv2.imwrite(str(images / f"{picture.name}.png"), picture.pixels)
    words = ["--model", package.path, "--recipe", tmp_path / "r.toml", "--data", images, "--threads", 1]
    assert run("check-export", tiny.weights, *words) == 0
    assert "equal" in capsys.readouterr().out
    code, document = told(capsys, "check-export", write_weights(tmp_path, seed=3), *words)
    assert (code, document["equal"], document["pictures"]) == (1, False, 3)
    assert run("check-export", tmp_path / "none.pt", *words) == 3
