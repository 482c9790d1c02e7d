# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the screens paint as text: which words, where, how large, in which colour, and whether all of them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QPainter
from PySide6.QtWidgets import QWidget

from gui.widgets import paint

CAPITALS = 0.73
"""Height of a capital of the font that the tests have, as a share of its size."""


@dataclass
class Text:
    """A text as it was painted."""

    text: str
    place: QRectF
    ink: QColor
    capitals: float
    whole: bool
    device: QWidget


class Seen:
    """What was painted on the widgets."""

    def __init__(self) -> None:
        self.texts: list[Text] = []

    def _note(self, painter: QPainter, place: QRectF, text: str, ink: object, capitals: float, whole: bool) -> None:
        device = painter.device()
        if isinstance(device, QWidget) and isinstance(ink, QColor):
            self.texts.append(Text(text, painter.transform().mapRect(place), QColor(ink), capitals, whole, device))

    def text(self, draw: Callable[..., float]) -> Callable[..., float]:
        def drawn(painter: QPainter, place: QRectF, text: str, px: float, *rest: object, **named: object) -> float:
            if text and place.width() > 1:
                flags, bold = named.get("flags", paint.LEFT), bool(named.get("bold"))
                fitted = paint.fit_text(painter, place, text, px, flags=flags, bold=bold)  # type: ignore[arg-type]
                self._note(painter, place, text, rest[0], fitted.font.pixelSize() * CAPITALS, fitted.whole)
            return draw(painter, place, text, px, *rest, **named)

        return drawn

    def capitals(self, draw: Callable[..., float]) -> Callable[..., float]:
        def drawn(painter: QPainter, place: QRectF, text: str, height: float, *rest: object, **named: object) -> float:
            if text and place.width() > 1:
                fitted = paint.fit_capitals(painter, place.width(), text, height, bold=bool(named.get("bold")))
                self._note(painter, place, text, rest[0], fitted.height, fitted.whole)
            return draw(painter, place, text, height, *rest, **named)

        return drawn


def watch(monkeypatch: pytest.MonkeyPatch) -> Seen:
    """From now on every text is kept."""
    seen = Seen()
    for name, module in list(sys.modules.items()):
        if name.startswith("gui.") and hasattr(module, "draw_text"):
            monkeypatch.setattr(module, "draw_text", seen.text(paint.draw_text))
        if name.startswith("gui.") and hasattr(module, "draw_capitals"):
            monkeypatch.setattr(module, "draw_capitals", seen.capitals(paint.draw_capitals))
    return seen
