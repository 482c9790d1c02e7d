# SPDX-License-Identifier: AGPL-3.0-or-later
"""Conversion of pictures for the simulated camera."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import cv2
import numpy as np
import pytest

from inspector.camera.simulator import SimulatorError
from inspector.camera.simulator.images import Pose, prepare_images

COLOUR = np.arange(4 * 5 * 3, dtype=np.uint8).reshape(4, 5, 3)


def read(path: Path) -> tuple[bytes, bytes]:
    header, pixels = path.read_bytes().split(b"255\n", 1)
    return header, pixels


@pytest.mark.parametrize("suffix", [".png", ".bmp", ".tiff", ".ppm"])
def test_colour_becomes_red_green_blue(tmp_path: Path, suffix: str) -> None:
    source = tmp_path / "in"
    source.mkdir()
    cv2.imwrite(str(source / f"a{suffix}"), COLOUR)
    (result,) = prepare_images(source, tmp_path / "out", "rgb")
    assert read(result) == (b"P6\n5 4\n", COLOUR[..., ::-1].tobytes())
    (result,) = prepare_images(source, tmp_path / "out", "mono")
    assert read(result) == (b"P5\n5 4\n", cv2.cvtColor(COLOUR, cv2.COLOR_BGR2GRAY).tobytes())
    assert [path.suffix for path in (tmp_path / "out").iterdir()] == [".pgm"]


@pytest.mark.parametrize("pixel", ["mono", "rgb"])
def test_grey_and_order(tmp_path: Path, pixel: Literal["mono", "rgb"]) -> None:
    source = tmp_path / "eingäng"
    source.mkdir()
    for name, value in (("b.png", 2), ("a.jpg", 1), ("c.PNG", 3)):
        ok, data = cv2.imencode(name[-4:].lower(), np.full((8, 8), value, np.uint8))
        assert ok
        (source / name).write_bytes(data.tobytes())
    (source / "labels.json").write_text("{}", encoding="utf-8")
    results = prepare_images(source, tmp_path / "out", pixel)
    assert [read(path)[1][0] for path in results] == [1, 2, 3]
    assert results == sorted(results)


def test_errors_name_the_file(tmp_path: Path) -> None:
    source = tmp_path / "in"
    with pytest.raises(SimulatorError, match="does not exist"):
        prepare_images(source, tmp_path / "out", "mono")
    source.mkdir()
    with pytest.raises(SimulatorError, match="holds no picture"):
        prepare_images(source, tmp_path / "out", "mono")
    cv2.imwrite(str(source / "a.png"), COLOUR)
    cv2.imwrite(str(source / "b.png"), COLOUR[:3])
    with pytest.raises(SimulatorError, match=r"b\.png is 5 x 3 px, but a\.png is 5 x 4 px"):
        prepare_images(source, tmp_path / "out", "mono")
    (source / "b.png").write_bytes(b"not a picture")
    with pytest.raises(SimulatorError, match=r"b\.png is not a readable picture"):
        prepare_images(source, tmp_path / "out", "mono")
    (source / "b.png").write_bytes(b"")
    with pytest.raises(SimulatorError, match=r"b\.png is not a readable picture"):
        prepare_images(source, tmp_path / "out", "mono")
    cv2.imwrite(str(source / "b.png"), COLOUR.astype(np.uint16))
    with pytest.raises(SimulatorError, match=r"b\.png has uint16 samples"):
        prepare_images(source, tmp_path / "out", "mono")
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(SimulatorError, match="cannot be created"):
        prepare_images(source, tmp_path / "file", "mono")


def test_scenes_may_choose_pictures_and_how_they_lie(tmp_path: Path) -> None:
    source = tmp_path / "in"
    source.mkdir()
    pixels = np.arange(6, dtype=np.uint8).reshape(2, 3)
    cv2.imwrite(str(source / "a.png"), pixels)
    shown: list[tuple[str, Pose]] = [("a.png", ""), ("a.png", "turned"), ("a.png", "mirrored"), ("a.png", "flipped")]
    results = prepare_images(source, tmp_path / "out", "mono", shown)
    read = [cv2.imread(str(path), cv2.IMREAD_GRAYSCALE).tolist() for path in results]
    assert read == [[[0, 1, 2], [3, 4, 5]], [[5, 4, 3], [2, 1, 0]], [[2, 1, 0], [5, 4, 3]], [[3, 4, 5], [0, 1, 2]]]
