# SPDX-License-Identifier: AGPL-3.0-or-later
"""The QA engineer's commands that need no torch, from the words typed to the JSON printed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import pytest

import data_samples
from inspector.errors import ConfigError, ModelRefused
from training.commands import add_parsers


def run(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers(required=True))
    args = parser.parse_args(words)
    return int(args.run(args))


def test_synth_writes_a_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["synth", "--out", str(tmp_path), "--parts", "3", "--val", "1", "--size", "64", "--workers", "1", "--json"]
    assert run(*words) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["written"] == str(tmp_path / "data.yaml")
    assert said["good"] + said["bad"] == said["parts"] == 4


def test_synth_writes_samples_that_evaluate_can_read(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("synth", "--out", str(tmp_path), "--parts", "2", "--layout", "samples", "--json") == 0
    assert json.loads(capsys.readouterr().out)["good"] == 1
    model = str(data_samples.model_dir())
    assert run("evaluate", "--model", model, "--data", str(tmp_path), "--threads", "1", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    assert said["false_rejects"]["trials"] == 2  # without labels every part counts as good


def test_the_shipped_model_judges_the_shipped_samples_rightly(capsys: pytest.CaptureFixture[str]) -> None:
    """24 parts prove little; they show that model, recipe and samples belong together."""
    model, images = str(data_samples.model_dir()), str(data_samples.images_dir())
    assert run("evaluate", "--model", model, "--data", images, "--threads", "1", "--json") == 0
    said = json.loads(capsys.readouterr().out)
    bad = {label.file for label in data_samples.labels() if not label.good}
    assert {one["name"] for one in said["wrong"]} == bad  # named without labels: exactly the bad ones did not pass


def test_evaluate_prints_a_table_with_bounds_and_limits(capsys: pytest.CaptureFixture[str]) -> None:
    model = str(data_samples.model_dir())
    assert run("evaluate", "--model", model, "--synth", "2", "--seed", "5", "--sweep", "--threads", "1") == 0
    said = capsys.readouterr().out
    for words in (
        "bad parts: 0 of 2 missed: below 78 % at 95 %",
        "good parts",
        "serials: 0 of 4",
        "mAP50-95",
        "p99",
        "0.25",
    ):
        assert words in said


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(ModelRefused):
        run("evaluate", "--model", str(tmp_path), "--synth", "1")
    with pytest.raises(ConfigError, match="holds no pictures"):
        run("evaluate", "--model", str(data_samples.model_dir()), "--data", str(tmp_path))


@pytest.mark.parametrize(
    "words",
    [
        ["synth", "--out", "x", "--parts", "0"],
        ["synth", "--out", "x", "--parts", "1", "--good-share", "1.5"],
        ["evaluate", "--model", "x"],
        ["evaluate", "--model", "x", "--synth", "1", "--data", "y"],
    ],
)
def test_wrong_usage_ends_with_code_2(words: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        run(*words)
    assert ended.value.code == 2
    assert "error" in capsys.readouterr().err
