# SPDX-License-Identifier: AGPL-3.0-or-later
"""The demonstration's model: rebuilt by one command, and a report that is made of what was measured."""

from __future__ import annotations

import json
from pathlib import Path

import cv2
import numpy as np
import pytest

import data_samples
from inspector.cli.output import Output
from inspector.detect.package import ModelPackage
from inspector.recipe import Recipe
from training import demo_model
from training.demo_report import as_bytes, as_markdown, draw_errors
from training.evaluation.counts import Counts
from training.synth.part import GENERATOR_VERSION

DOCS = Path(__file__).resolve().parents[2] / "docs"


def test_the_report_is_made_of_its_document_alone(tmp_path: Path) -> None:
    package = ModelPackage.load(data_samples.model_dir())
    document = demo_model.measured(package, 3, 5, 1, Output(as_json=True))
    assert (document["missed"]["trials"], document["false_rejects"]["trials"]) == (3, 3)
    assert document["batch"] == {"seed": 5, "generator": 3, "parts_of_each": 3}
    demo_model.write_report(document, tmp_path)
    again = json.loads((tmp_path / "demo-model.json").read_bytes())
    assert as_bytes(again) == (tmp_path / "demo-model.json").read_bytes()
    page = (tmp_path / "demo-model.md").read_text(encoding="utf-8")
    assert as_markdown(again) == page
    missed = document["missed"]["errors"]
    assert f"| bad parts missed | {missed} | 3 |" in page
    assert package.digest[:16] in page


def test_every_error_is_listed_and_drawn() -> None:
    document = demo_model.measured(ModelPackage.load(data_samples.model_dir()), 1, 5, 1, Output(as_json=True))
    picture = {"picture": "5-1", "verdict": "PASS", "reason": ""}
    document["wrong"] = [{"name": "5-1", "missed": True, "pictures": [picture]}]
    assert "| 5-1 | missed | PASS |" in as_markdown(document)
    sheet = cv2.imdecode(np.frombuffer(draw_errors(document), np.uint8), cv2.IMREAD_COLOR)
    assert sheet is not None
    assert sheet.shape == (202, 1080, 3)
    assert int(sheet[:176, :176].std()) > 10  # a part
    assert int(sheet[:176, 200:].min()) > 200  # paper


def test_the_page_is_made_of_the_figures_beside_it_and_they_are_of_what_is_shipped() -> None:
    document = json.loads((DOCS / "demo-model.json").read_bytes())
    assert (DOCS / "demo-model.md").read_text(encoding="utf-8") == as_markdown(document)
    assert document["model"]["digest"] == ModelPackage.load(data_samples.model_dir()).digest
    assert document["recipe"]["digest"] == Recipe.load(data_samples.recipe_file()).digest
    assert document["batch"] == {"seed": 3, "generator": GENERATOR_VERSION, "parts_of_each": 3000}
    readme = (DOCS.parent / "README.md").read_text(encoding="utf-8")
    for words, name in (
        ("bad unseen parts, missed", "missed"),
        ("good unseen parts, falsely rejected", "false_rejects"),
    ):
        counts = Counts(document[name]["errors"], document[name]["trials"])
        told = counts.words("").split(":")[1].strip()
        assert f"| 3,000 {words} | {counts.errors}: {told} | below 1 % |" in readme


@pytest.mark.long
@pytest.mark.timeout(600)
def test_from_the_weights_the_package_comes_out_as_shipped(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    words = ["--parts", "2", "--work", str(tmp_path / "work"), "--docs", str(tmp_path / "docs"), "--threads", "1"]
    assert demo_model.main(words) == 0
    made, shipped = tmp_path / "work" / "model", data_samples.model_dir()
    assert {path.name: path.read_bytes() for path in made.iterdir()} == {
        path.name: path.read_bytes() for path in shipped.iterdir() if path.is_file()
    }
    assert (tmp_path / "docs" / "demo-model.md").is_file()


@pytest.mark.long
@pytest.mark.timeout(1200)
def test_from_nothing_it_is_another_model_and_the_documents_stay(tmp_path: Path) -> None:
    (tmp_path / "docs").mkdir()
    words = ["--from", "nothing", "--parts", "1", "--work", str(tmp_path / "work"), "--docs", str(tmp_path / "docs")]
    assert demo_model.main([*words, "--train-parts", "12", "--epochs", "1", "--threads", "1"]) == 0
    assert ModelPackage.load(tmp_path / "work" / "model").digest != ModelPackage.load(data_samples.model_dir()).digest
    assert (tmp_path / "work" / "demo-model.md").is_file()
    assert list((tmp_path / "docs").iterdir()) == []
