# SPDX-License-Identifier: AGPL-3.0-or-later
"""Serials are read from the picture, or not at all."""

from __future__ import annotations

import cv2
import numpy as np
import pytest
import zxingcpp

import data_samples
from inspector.part import ImageArray, Serial
from inspector.serial_code import MAX_LENGTH, read_serial


def code(text: str, module_px: int = 5) -> ImageArray:
    symbol = np.asarray(zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.DataMatrix).to_image())
    return np.kron(symbol, np.ones((module_px, module_px), dtype=np.uint8))


def picture(*codes: ImageArray) -> ImageArray:
    image = np.full((400, 700), 190, dtype=np.uint8)
    for index, one in enumerate(codes):
        x = 40 + 330 * index
        image[60 : 60 + one.shape[0], x : x + one.shape[1]] = one
    return image


def test_reads_a_code() -> None:
    assert read_serial(picture(code("S1-000042"))) == Serial("S1-000042", "image")


@pytest.mark.parametrize("angle", [0, 17, 90, 135, 180, 270])
def test_reads_it_turned(angle: int) -> None:
    turn = cv2.getRotationMatrix2D((100, 120), angle, 1)
    image = cv2.warpAffine(picture(code("S1-000042")), turn, (700, 400), borderValue=190)
    assert read_serial(image) == Serial("S1-000042")


def test_reads_light_on_dark() -> None:
    assert read_serial(255 - picture(code("S1-000042"))) == Serial("S1-000042")


def test_every_sample_is_read() -> None:
    for label in data_samples.labels():
        image = cv2.imread(str(data_samples.images_dir() / label.file), cv2.IMREAD_GRAYSCALE)
        assert read_serial(image) == Serial(label.serial), label.file


def test_two_codes() -> None:
    assert read_serial(picture(code("S1-000042"), code("S1-000043"))) is None
    assert read_serial(picture(code("S1-000042"), code("S1-000042"))) == Serial("S1-000042")


def test_other_codes_are_not_serials() -> None:
    symbol = np.asarray(zxingcpp.create_barcode("S1-000042", zxingcpp.BarcodeFormat.QRCode).to_image())
    assert read_serial(picture(np.kron(symbol, np.ones((5, 5), dtype=np.uint8)))) is None


def test_nothing_there() -> None:
    assert read_serial(picture()) is None
    assert read_serial(np.zeros((1, 1), dtype=np.uint8)) is None
    assert read_serial(np.random.default_rng(1).integers(0, 256, (200, 200), dtype=np.uint8)) is None


def test_content_that_nobody_can_read_is_no_serial() -> None:
    assert read_serial(picture(code("A" * MAX_LENGTH, 3))) == Serial("A" * MAX_LENGTH)
    assert read_serial(picture(code("A" * (MAX_LENGTH + 1), 3))) is None
    assert read_serial(picture(code("S1\n000042"))) is None
