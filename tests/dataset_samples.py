# SPDX-License-Identifier: AGPL-3.0-or-later
"""Small pictures and a small YOLO dataset for the tests of datasets, and their commands as they are typed."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from inspector.cli.main import exit_code
from inspector.cli.output import Output
from inspector.errors import InspectorError
from training.commands import add_parsers

EDGE = 64


def picture(number: int, *, channels: int = 1, edge: int = EDGE) -> np.ndarray[Any, Any]:
    """A picture that looks like no other one."""
    shape = (edge, edge) if channels == 1 else (edge, edge, channels)
    return np.random.default_rng(number).integers(0, 256, shape, np.uint8)


def write_picture(path: Path, number: int, *, channels: int = 1, edge: int = EDGE) -> Path:
    """Write that picture; the suffix names its format."""
    path.parent.mkdir(parents=True, exist_ok=True)
    done, data = cv2.imencode(path.suffix, picture(number, channels=channels, edge=edge))
    assert done
    path.write_bytes(data.tobytes())
    return path


def write_yolo(folder: Path, *, train: int = 4, val: int = 2) -> Path:
    """A YOLO dataset of two classes: even pictures show one defect, odd ones none. Returns its data.yaml."""
    for number in range(train + val):
        split = "train" if number < train else "val"
        write_picture(folder / "images" / split / f"p{number:03d}.png", number)
        label = folder / "labels" / split / f"p{number:03d}.txt"
        label.parent.mkdir(parents=True, exist_ok=True)
        label.write_text("" if number % 2 else f"{number // 2 % 2} 0.5 0.5 0.25 0.125\n")
    path = folder / "data.yaml"
    path.write_text("train: images/train\nval: images/val\nnames:\n  0: scratch\n  1: dent\n")
    return path


def run(*words: object) -> int:
    """A command as it is typed; what it raises becomes its exit code, as in the program."""
    parser = argparse.ArgumentParser()
    add_parsers(parser.add_subparsers(required=True))
    args = parser.parse_args([str(word) for word in words])
    try:
        return int(args.run(args))
    except InspectorError as error:
        Output(as_json=args.json).error(error)
        return exit_code(error)


def told(capsys: pytest.CaptureFixture[str], *words: object) -> tuple[int, dict[str, Any]]:
    """Exit code and JSON document of a command."""
    capsys.readouterr()
    code = run(*words, "--json")
    return code, json.loads(capsys.readouterr().out)


def kinds(document: dict[str, Any], level: str = "error") -> list[str]:
    """Kinds of the problems in a document, each once."""
    return sorted({one["kind"] for one in document["problems"] if one["level"] == level})
