# SPDX-License-Identifier: AGPL-3.0-or-later
"""Millimetres on the screen: gloves and reading distance are measured in them, not in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QScreen

MM_PER_INCH = 25.4
TOUCH_MM = 15.0
"""Smallest key for a bare finger."""
GAP_MM = 3.0
PLAUSIBLE_DPI = (60.0, 400.0)
"""Panels and adapters that report something else do not know their size."""
FALLBACK_DPI = 96.0
TOUCH_SHARE = 0.11
"""A key takes no more of the window's height than this: on a tiny window everything must still fit."""


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
    def touch(self) -> int:
        """Height of anything that is touched, pixels."""
        return max(40, min(self.mm(TOUCH_MM), round(self.height * TOUCH_SHARE)))

    @property
    def gap(self) -> int:
        """Distance between things, pixels."""
        return max(6, min(self.mm(GAP_MM), round(self.height * 0.012)))

    @property
    def text(self) -> int:
        """Pixel size of ordinary text: readable at arm's length."""
        return max(13, round(self.height * 0.020))


def metrics_of(screen: QScreen | None, height: int) -> Metrics:
    """Sizes on this screen; by its physical dots per inch where they are plausible."""
    dpi = FALLBACK_DPI if screen is None else screen.physicalDotsPerInch()
    if not PLAUSIBLE_DPI[0] <= dpi <= PLAUSIBLE_DPI[1]:
        dpi = FALLBACK_DPI
    return Metrics(dpi / MM_PER_INCH, height)
