# SPDX-License-Identifier: AGPL-3.0-or-later
"""Millimetres on the screen: gloves and reading distance are measured in them, not in pixels."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtGui import QScreen

MM_PER_INCH = 25.4
TOUCH_MM = 20.0
"""A key for gloves."""
GAP_MM = 3.0
PLAUSIBLE_DPI = (60.0, 400.0)
"""Panels and adapters that report something else do not know their size."""
FALLBACK_DPI = 96.0
TOUCH_SHARE = 0.08
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
