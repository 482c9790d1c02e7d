# SPDX-License-Identifier: AGPL-3.0-or-later
"""Themes, sizes in millimetres, and verdicts for eyes that see colours otherwise."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QImage, QPainter
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from gui.display.screen import RULER_MM, DisplayScreen
from gui.run.screen import RunScreen
from gui.shell.bridge import Bridge
from gui.shell.settings import ScreenSettings
from gui.shell.window import Window
from gui.widgets import metrics as metrics_module
from gui.widgets import palette
from gui.widgets.metrics import MM_PER_INCH, Metrics
from gui.widgets.palette import Theme, Tone, contrast, show_theme
from gui.widgets.verdicts import LOOKS, draw_symbol
from inspector.api.schema import Verdict

SIDE = 96
DEFICIENCIES = {
    # Machado, Oliveira and Fernandes 2009, severity 1.0, on linear RGB
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "greyscale": ((0.2126, 0.7152, 0.0722),) * 3,
}


@pytest.fixture(autouse=True)
def daylight(qapp: object) -> Iterator[None]:
    yield
    show_theme(Theme.LIGHT)
    metrics_module._measured.clear()


@pytest.mark.parametrize("theme", list(Theme))
def test_words_have_contrast_in_both_themes(theme: Theme) -> None:
    show_theme(theme)
    for tone in Tone:
        assert contrast(tone.value.fill, tone.value.ink) >= 4.5, tone
    for surface in (palette.PANEL, palette.BACKGROUND, palette.PAPER):
        for ink in (palette.INK, palette.SOFT_INK):
            assert contrast(surface, ink) >= 4.5, (surface.name(), ink.name())
    assert contrast(palette.WELL, palette.INK) >= 4.5
    assert contrast(palette.PASS_BLUE, palette.PANEL) >= 4.5
    for look in LOOKS.values():
        if look.filled:
            assert contrast(look.colour, palette.BLACK) >= 4.5, look


def test_themes_are_light_and_dark() -> None:
    for theme, light in ((Theme.LIGHT, True), (Theme.DARK, False)):
        show_theme(theme)
        assert (palette.luminance(palette.PANEL) > palette.luminance(palette.INK)) is light


def seen(verdict: Verdict, matrix: tuple[tuple[float, ...], ...]) -> np.ndarray:
    """Luminance, 0 to 1, of a verdict's symbol as such eyes see it."""
    image = QImage(SIDE, SIDE, QImage.Format.Format_RGBA8888)
    image.fill(palette.PANEL)
    painter = QPainter(image)
    draw_symbol(painter, QRectF(4, 4, SIDE - 8, SIDE - 8), LOOKS[verdict])
    painter.end()
    rgb = np.frombuffer(image.constBits(), np.uint8).reshape(SIDE, SIDE, 4)[..., :3] / 255
    linear = np.where(rgb <= 0.04045, rgb / 12.92, ((rgb + 0.055) / 1.055) ** 2.4)
    turned = np.clip(linear @ np.array(matrix).T, 0, 1)
    return turned @ np.array((0.2126, 0.7152, 0.0722))


@pytest.mark.parametrize("theme", list(Theme))
@pytest.mark.parametrize("eyes", DEFICIENCIES)
def test_verdicts_are_apart_by_their_shape_alone(eyes: str, theme: Theme) -> None:
    """What differs clearly in luminance from the panel makes the shape; hue counts for nothing here."""
    show_theme(theme)
    matrix = DEFICIENCIES[eyes]
    ground = float(seen(Verdict.PASS, matrix)[0, 0])
    pictures = {verdict: seen(verdict, matrix) for verdict in Verdict}
    masks = {verdict: np.abs(picture - ground) > 0.08 for verdict, picture in pictures.items()}
    marks = {verdict: picture < 0.05 for verdict, picture in pictures.items()}
    pairs = [(a, b) for a in Verdict for b in Verdict if a.value < b.value]
    apart = {pair: float((masks[pair[0]] ^ masks[pair[1]]).mean()) for pair in pairs}
    assert apart[(Verdict.FAIL, Verdict.PASS)] > 0.15
    for first, second in pairs:
        if apart[(first, second)] < 0.01:  # the same outline: then what stands in it differs
            assert float((marks[first] ^ marks[second]).mean()) > 0.01, (first, second)


@pytest.mark.parametrize("dpi", [82, 96, 141])
def test_keys_and_words_have_their_millimetres_at_every_density(qtbot: QtBot, tmp_path: Path, dpi: int) -> None:
    px_per_mm = dpi / MM_PER_INCH
    window = Window(Bridge(tmp_path), (RunScreen, DisplayScreen))
    qtbot.addWidget(window)
    metrics_module.calibrate(window.screen().name(), px_per_mm)
    window.resize(round(530 * px_per_mm), round(300 * px_per_mm))
    window.show()
    qtbot.waitExposed(window)
    for key in window.navigation.keys.values():
        assert min(key.width(), key.height()) / px_per_mm >= 19.5
    window.show_screen("display")
    keys = [key for key in window.front.findChildren(QPushButton) if key.isVisible()]
    assert keys
    for key in keys:
        assert key.height() / px_per_mm >= 19.5
        assert key.width() / px_per_mm >= 19.5
    assert abs(window.front.ruler.px / px_per_mm - RULER_MM) < 1  # type: ignore[attr-defined]
    assert Metrics(px_per_mm, window.height()).text / px_per_mm >= 3.3, "readable at arm's length"
    window.close()


def test_a_theme_and_a_measure_stay_for_the_next_time(qtbot: QtBot, tmp_path: Path) -> None:
    settings = ScreenSettings(tmp_path / "screen.ini")
    window = Window(Bridge(tmp_path), (RunScreen, DisplayScreen), settings)
    qtbot.addWidget(window)
    window.resize(1280, 800)
    window.show()
    window.show_screen("display")
    screen = window.front
    assert isinstance(screen, DisplayScreen)
    before = screen.ruler.px
    qtbot.mouseClick(screen.theme_keys[Theme.DARK], Qt.MouseButton.LeftButton)
    assert screen.palette().windowText().color() == palette.INK
    image = window.grab().toImage()
    assert palette.luminance(image.pixelColor(3, 400)) < 0.05
    qtbot.mouseClick(screen.length_keys[-1], Qt.MouseButton.LeftButton)
    assert screen.ruler.px == pytest.approx(before * 1.1, abs=2)
    again = ScreenSettings(tmp_path / "screen.ini")
    assert again.theme is Theme.DARK
    name = window.screen().name()
    assert again.px_per_mm(name) == pytest.approx(screen.metrics.px_per_mm, rel=1e-3)
    again.set_px_per_mm(name, 0.01)
    assert again.px_per_mm(name) is None, "nonsense in the file is not believed"
    window.close()
