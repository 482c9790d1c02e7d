# SPDX-License-Identifier: AGPL-3.0-or-later
"""Millimetres on the screen: gloves and reading distance are measured in them, not in pixels."""

from __future__ import annotations

import math
from dataclasses import dataclass

from PySide6.QtGui import QScreen

MM_PER_INCH = 25.4
TOUCH_MM = 20.0
"""A key for gloves."""
DANGER_MM = 25.0
"""A key whose effect is hard to undo."""
GAP_MM = 5.0
"""Between keys, so that a glove on one does not touch the next."""
GLOVE_HEIGHT_MM = 190.0
"""From this height of the window on every screen has keys for gloves: a panel of 15.6 inches has it."""
TEXT_MM = 4.6
"""Size of ordinary letters: capitals of 3.3 mm are seen at 16 minutes of arc from 0.7 m (ISO 9241-303)."""
PLAUSIBLE_DPI = (60.0, 400.0)
"""Panels and adapters that report something else do not know their size."""
FALLBACK_DPI = 96.0


@dataclass(frozen=True)
class Metrics:
    """Sizes for one window.

    Attributes:
        px_per_mm: Pixels per millimetre of glass.
        height: Height of the window, pixels.
    """

    px_per_mm: float
    height: int

    def mm(self, length: float) -> int:
        """A length in pixels."""
        return round(length * self.px_per_mm)

    @property
    def height_mm(self) -> float:
        """Height of the window on the glass."""
        return self.height / self.px_per_mm

    @property
    def glove(self) -> bool:
        """Whether there is room for keys for gloves on every screen."""
        return self.height_mm >= GLOVE_HEIGHT_MM

    @property
    def touch_mm(self) -> float:
        """Height of a key on the glass: for gloves, or what a low window has room for."""
        return self.touch / self.px_per_mm

    @property
    def touch(self) -> int:
        """Height of anything that is touched, pixels."""
        return max(40, self._room(TOUCH_MM))

    @property
    def glove_key(self) -> int:
        """Height of a key for gloves, pixels, also on a low window: for keys that always have room."""
        return max(40, math.ceil(TOUCH_MM * self.px_per_mm))

    @property
    def danger(self) -> int:
        """Height of a key whose effect is hard to undo, pixels."""
        return max(50, self._room(DANGER_MM))

    @property
    def gap(self) -> int:
        """Distance between keys, pixels."""
        return max(6, self._room(GAP_MM))

    @property
    def glove_gap(self) -> int:
        """Distance between keys for gloves, pixels, also on a low window."""
        return max(6, math.ceil(GAP_MM * self.px_per_mm))

    @property
    def text(self) -> int:
        """Pixel size of ordinary text: readable at arm's length."""
        return max(13, round(self.height * 0.020), min(math.ceil(TEXT_MM * self.px_per_mm), round(self.height * 0.024)))

    def _room(self, length: float) -> int:
        """A length in pixels, less where the window is too low for keys for gloves; never a pixel short."""
        return math.ceil(length * self.px_per_mm * min(1.0, self.height_mm / GLOVE_HEIGHT_MM))


_measured: dict[str, float] = {}


def calibrate(screen: str, px_per_mm: float | None) -> None:
    """Trust a ruler more than what a screen says of itself.

    Args:
        screen: Its name.
        px_per_mm: Pixels per millimetre of glass; None: believe the screen again.
    """
    if px_per_mm is None:
        _measured.pop(screen, None)
    else:
        _measured[screen] = px_per_mm


def metrics_of(screen: QScreen | None, height: int) -> Metrics:
    """Sizes on this screen; as a ruler has shown, else by its dots per inch where they are plausible."""
    measured = None if screen is None else _measured.get(screen.name())
    if measured is not None:
        return Metrics(measured, height)
    dpi = FALLBACK_DPI if screen is None else screen.physicalDotsPerInch()
    if not PLAUSIBLE_DPI[0] <= dpi <= PLAUSIBLE_DPI[1]:
        dpi = FALLBACK_DPI
    return Metrics(dpi / MM_PER_INCH, height)
