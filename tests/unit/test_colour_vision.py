# SPDX-License-Identifier: AGPL-3.0-or-later
"""PASS, FAIL and CHECK as they are painted stay apart by brightness and shape for every colour vision, and in grey.

Matrices for linear RGB, severity 1: Machado, Oliveira and Fernandes, A Physiologically-based Model for Simulation of
Color Vision Deficiency, IEEE TVCG 15 (6), 2009.
"""

from __future__ import annotations

import itertools
import os

import numpy as np
import numpy.typing as npt
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from gui.gallery.tile import RejectTile
from gui.history.results import ResultRow
from gui.run.verdict import VerdictStrip, VerdictTile
from gui.widgets import palette
from gui.widgets.palette import Theme
from inspector.api.history_schema import FoundPart
from inspector.api.schema import Verdict
from tests.every_screen import part

Pixels = npt.NDArray[np.float64]
VISION = {
    "grey": [[0.2126, 0.7152, 0.0722]] * 3,
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.01182, 0.04294, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.3039]],
}
SHOWN = (Verdict.PASS, Verdict.FAIL, Verdict.NO_DECISION)
APART, LEAST_SHARE = 0.08, 0.02
"""Difference of relative luminance that is seen, and the least share of the symbol's pixels that has it."""


def tile(verdict: Verdict) -> QWidget:
    made = VerdictTile()
    made.show_part(part(9, str(verdict), serial="S"))
    return made


def strip(verdict: Verdict) -> QWidget:
    made = VerdictStrip()
    made.replace([verdict] * VerdictStrip.LENGTH)
    return made


def gallery(verdict: Verdict) -> QWidget:
    made = RejectTile()
    made.show_part(part(10, str(verdict), serial="S", review=None))
    return made


def row(verdict: Verdict) -> QWidget:
    made = ResultRow()
    made.show_part(part(10, str(verdict), FoundPart, serial="S"))
    return made


PLACES = {
    "tile": (tile, (640, 320)),
    "strip": (strip, (1200, 50)),
    "gallery": (gallery, (240, 240)),
    "row": (row, (420, 90)),
}
SYMBOL = {"tile": (0, 320, 0, 320), "strip": (0, 50, 0, 1200), "gallery": (0, 50, 0, 50), "row": (5, 85, 0, 75)}
"""Top, bottom, left and right of the symbols: words do not help."""


def luminance(widget: QWidget, size: tuple[int, int], vision: str) -> Pixels:
    """Relative luminance of what such an eye sees of a widget."""
    widget.resize(*size)
    image = widget.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    raw = np.frombuffer(image.constBits(), np.uint8).reshape(image.height(), image.width(), 4)[:, :, 2::-1] / 255
    linear = np.where(raw <= 0.04045, raw / 12.92, ((raw + 0.055) / 1.055) ** 2.4)
    seen = np.clip(linear @ np.array(VISION[vision]).T, 0, 1)
    return np.asarray(seen @ np.array([0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("theme", Theme)
@pytest.mark.parametrize("vision", VISION)
@pytest.mark.parametrize("place", PLACES)
def test_verdicts_stay_apart(qtbot: QtBot, place: str, vision: str, theme: Theme) -> None:
    make, size = PLACES[place]
    top, bottom, left, right = SYMBOL[place]
    palette.show_theme(theme)
    try:
        seen = {}
        for verdict in SHOWN:
            widget = make(verdict)
            qtbot.addWidget(widget)
            seen[verdict] = luminance(widget, size, vision)[top:bottom, left:right]
    finally:
        palette.show_theme(Theme.LIGHT)
    for first, second in itertools.combinations(SHOWN, 2):
        share = float((np.abs(seen[first] - seen[second]) > APART).mean())
        assert share >= LEAST_SHARE, (first, second, share)
