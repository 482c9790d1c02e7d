# SPDX-License-Identifier: AGPL-3.0-or-later
"""Prices on the command line, and limits that are never chosen on the pictures whose figures are reported."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.dataset_samples import run, told
from tests.unit.evaluation.test_sources import dataset
from tests.unit.evaluation.test_sources import model as model  # a fixture
from training.dataset.folder import DatasetFolder
from training.dataset.uses import count_uses

Capture = pytest.CaptureFixture[str]
PRICES = ["--escape-cost", "250", "--false-reject-cost", "4", "--defect-rate", "0.01"]


def test_limits_are_chosen_on_val_and_reported_on_test(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    path = dataset(tmp_path)
    code, said = told(capsys, *model, "--data", path, *PRICES, "--choose-on", "val")
    images = DatasetFolder(path).load().images
    good = {split: sum(one.split == split and one.state == "good" for one in images) for split in ("val", "test")}
    in_val = sum(one.split == "val" for one in images)
    assert code == 0
    assert said["source"]["split"] == "test"
    limits = said["costs"]["limits"]
    assert f"split val ({in_val} pictures)" in limits["chosen_on"]
    assert limits["not_chosen"] == {"stain": "no part with this defect"}
    trials = {one["false_rejects"]["trials"] for one in limits["by_class"].values()}
    assert trials == {good["val"]}
    assert said["costs"]["with_these_limits"]["false_rejects"]["trials"] == good["test"]
    assert count_uses(DatasetFolder(path)) == 1


def test_without_a_choice_there_is_the_cost_of_the_recipe_as_it_is(
    tmp_path: Path, model: list[object], capsys: Capture
) -> None:
    path = tmp_path / "costs.toml"
    path.write_text('[costs]\nescape = 250\nfalse_reject = 4\ndefect_rate = 0.01\ncurrency = "EUR"\n')
    data = dataset(tmp_path)
    words = [*model, "--data", data]
    code, said = told(capsys, *words, "--costs", path)
    assert (code, "limits" in said["costs"]) == (0, False)
    assert said["costs"]["now"]["upper_95_per_1000_parts"] > said["costs"]["now"]["per_1000_parts"]
    assert told(capsys, *words)[1]["costs"] is None
    assert run(*words, "--costs", path, "--choose-on", "val") == 0
    told_to_people = " ".join(capsys.readouterr().out.split())
    for part in ("EUR", "Limits were chosen on", "which flatter", "With these limits here:"):
        assert part in told_to_people
    assert run(*words, "--costs", tmp_path / "none.toml") == 3


def test_a_folder_of_pictures_has_no_split_to_choose_on(tmp_path: Path, model: list[object], capsys: Capture) -> None:
    dataset(tmp_path)
    code, said = told(capsys, *model, "--data", tmp_path / "yolo" / "images" / "train", *PRICES, "--choose-on", "val")
    assert (code, said["error"]["code"]) == (3, "CONFIG")


@pytest.mark.parametrize(
    "words",
    [
        ["--choose-on", "val"],
        ["--choose-on", "test", *PRICES],
        ["--split", "val", "--choose-on", "val", *PRICES],
        PRICES[:4],
        ["--costs", "x.toml", *PRICES],
        [*PRICES[:4], "--defect-rate", "1.5"],
        [*PRICES[:4], "--defect-rate", "nan"],
    ],
    ids=["no prices", "on test", "both on val", "one is missing", "twice", "rate", "no number"],
)
def test_wrong_usage(tmp_path: Path, model: list[object], words: list[str], capsys: Capture) -> None:
    path = dataset(tmp_path)
    with pytest.raises(SystemExit) as ended:
        run(*model, "--data", path, *words)
    assert ended.value.code == 2
    assert count_uses(DatasetFolder(path)) == 0
