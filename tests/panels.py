# SPDX-License-Identifier: AGPL-3.0-or-later
"""Panels that screens are tried on: pixels and dots per inch give the glass in millimetres."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from PySide6.QtWidgets import QApplication

from gui.widgets.metrics import MM_PER_INCH, Metrics, calibrate


@dataclass(frozen=True)
class Panel:
    """A panel; the window fills it."""

    name: str
    size: tuple[int, int]
    dpi: int

    @property
    def px_per_mm(self) -> float:
        return self.dpi / MM_PER_INCH

    @property
    def metrics(self) -> Metrics:
        return Metrics(self.px_per_mm, self.size[1])


SMALL = Panel("10.1 inch, 1280 x 800", (1280, 800), 149)
PANELS = (
    Panel("15.6 inch, 1280 x 800", (1280, 800), 97),
    Panel("15.6 inch, 1920 x 1080", (1920, 1080), 141),
    Panel("21.5 inch, 1920 x 1080", (1920, 1080), 102),
    Panel("27 inch, 2560 x 1440", (2560, 1440), 109),
)
"""All have room for keys for gloves."""


@contextmanager
def on(panel: Panel) -> Iterator[None]:
    """The screen of the tests has the density of this panel."""
    name = QApplication.primaryScreen().name()
    calibrate(name, panel.px_per_mm)
    try:
        yield
    finally:
        calibrate(name, None)
