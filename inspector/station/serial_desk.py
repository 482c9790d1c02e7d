# SPDX-License-Identifier: AGPL-3.0-or-later
"""Brings the serials that are in no picture to their parts: from the code reader or from the plant's controller."""

from __future__ import annotations

from collections.abc import Callable

from inspector.clock import Clock
from inspector.config import ScannerSettings
from inspector.ipc import Message
from inspector.part import Trigger
from inspector.recipe import Recipe
from inspector.station.scanner import Scanner
from inspector.station.serials import ScanBinder, reading_of
from inspector.station.views import ViewCollector

MS = 1_000_000


class SerialDesk:
    """Used on the main thread of the station. Does nothing when serials come from pictures, or parts have none.

    Args:
        recipe: Rules in force.
        settings: `[scanner]`; there when the recipe takes serials from it.
        views: Waits for the readings.
        clock: The time of edges and scans.
        post: Into the inbox of the main thread.

    Attributes:
        away: Why no scans can come now; empty when they can, or are not wanted.
    """

    def __init__(
        self,
        recipe: Recipe,
        settings: ScannerSettings | None,
        views: ViewCollector,
        clock: Clock,
        post: Callable[[Message], None],
    ) -> None:
        self._recipe = recipe
        self._settings = settings if recipe.serial.source == "scanner" else None
        self._views = views
        self._clock = clock
        self._post = post
        self._scanner: Scanner | None = None
        self._binder: ScanBinder | None = None
        self.away = ""
        if self._settings is not None:
            self.away = "the scanner is being connected"
            self._binder = ScanBinder(self._settings.from_ms * MS, self._settings.until_ms * MS, self._settings.no_read)

    def start(self) -> None:
        """Connect to the code reader, if there is one."""
        if self._settings is not None:
            self._scanner = Scanner(self._settings, self._clock, self._post)

    def close(self) -> None:
        """End the connection."""
        if self._scanner is not None:
            self._scanner.close()

    def trigger(self, trigger: Trigger) -> None:
        """A part was announced, also one that is not judged: its scan is not that of another part."""
        if not trigger.live:
            return
        if self._binder is not None:
            self._binder.on_part(trigger.key, trigger.t_edge_ns)
        elif self._recipe.serial.source == "plc":
            reading = reading_of(self._recipe, trigger.serial, "plc", "the controller gave none")
            self._views.add_reading(trigger.key, reading)

    def scan(self, message: Message) -> None:
        """The code reader has sent something."""
        if self._binder is not None:
            self._binder.on_scan(message["text"], int(message["t_ns"]))

    def state(self, message: Message) -> None:
        """The code reader is there, or away."""
        self.away = str(message["reason"])

    def tick(self, now_ns: int) -> None:
        """Let time pass: windows end."""
        for bound in () if self._binder is None else self._binder.expire(now_ns):
            self._views.add_reading(bound.key, reading_of(self._recipe, bound.text, "scanner", bound.why_not))


def reads_elsewhere(recipe: Recipe) -> bool:
    """Whether serials come from something else than a picture."""
    return recipe.serial.source in ("scanner", "plc")
