# SPDX-License-Identifier: AGPL-3.0-or-later
"""`--threads`: what a command takes by itself, the detector takes too."""

from __future__ import annotations

import argparse
import os

import pytest

import data_samples
from inspector.detect.detector import MAX_THREADS, Detector
from inspector.detect.package import ModelPackage
from training.threads import add_threads


def parse(*words: str) -> int:
    parser = argparse.ArgumentParser()
    add_threads(parser)
    return int(parser.parse_args(words).threads)


@pytest.mark.parametrize(("cores", "taken"), [(None, 1), (2, 2), (64, 64), (128, 64)])
def test_a_computer_of_any_size_judges(monkeypatch: pytest.MonkeyPatch, cores: int | None, taken: int) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: cores)
    assert parse() == taken
    Detector(ModelPackage.load(data_samples.model_dir()), "onnxruntime", threads=taken)


@pytest.mark.parametrize("words", ["0", "-1", "65", "999999999", "two", "1.5", ""])
def test_other_numbers_are_wrong_usage(words: str) -> None:
    with pytest.raises(SystemExit) as ended:
        parse("--threads", words)
    assert ended.value.code == 2
    assert parse("--threads", str(MAX_THREADS)) == MAX_THREADS
