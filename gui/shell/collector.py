# SPDX-License-Identifier: AGPL-3.0-or-later
"""Objects that hold one another end in the thread of Qt.

Python looks for such cycles in whichever thread happens to make the next object. If that is the thread that reads from
the station, it destroys widgets there, while the thread of Qt paints them: the process ends (Qt, "Thread-Support in Qt
Modules": widgets live in the main thread only).
"""

from __future__ import annotations

import gc

from PySide6.QtCore import QObject, QTimer

EVERY_MS = 1000


class Collector(QObject):
    """Takes the search for cycles over from Python, for as long as the process lives.

    Args:
        parent: Lives in the thread of Qt.
    """

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        self._timer = QTimer(self)
        self._timer.timeout.connect(collect_due)
        self._timer.start(EVERY_MS)


def collect_due() -> None:
    """Search those generations that Python would have searched by now."""
    for generation, (objects, enough) in enumerate(zip(gc.get_count(), gc.get_threshold(), strict=True)):
        if objects <= enough:
            return
        gc.collect(generation)


def spare_what_stays() -> None:
    """What there is now is not searched any more: screens that are there to the end take time in each search."""
    gc.collect()
    gc.freeze()
