# SPDX-License-Identifier: AGPL-3.0-or-later
"""Brings the serials that are in no picture to their parts: from the code reader or from the plant's controller."""

from __future__ import annotations

from collections.abc import Callable

from inspector.clock import Clock
from inspector.config import ScannerSettings
from inspector.ipc import Message
from inspector.part import Trigger
from inspector.recipe import Recipe
from inspector.station.model import InForce
from inspector.station.scanner import Scanner
from inspector.station.serials import ScanBinder, reading_of
from inspector.station.views import ViewCollector

MS = 1_000_000


class SerialDesk:
    """Used on the main thread of the station. Does nothing when serials come from pictures, or parts have none.

    Args:
        rules: What judges now.
        settings: `[scanner]`; there when a recipe takes serials from it.
        views: Waits for the readings.
        clock: The time of edges and scans.
        post: Into the inbox of the main thread.

    Attributes:
        away: Why no scans can come now; empty when they can, or are not wanted.
    """

    def __init__(
        self,
        rules: InForce,
        settings: ScannerSettings | None,
        views: ViewCollector,
        clock: Clock,
        post: Callable[[Message], None],
    ) -> None:
        self._rules = rules
        self._settings = settings
        self._views = views
        self._clock = clock
        self._post = post
        self._scanner: Scanner | None = None
        self._binder: ScanBinder | None = None
        self.away = ""
        self._prepare()

    def start(self) -> None:
        """Connect to the code reader, if the recipe needs it."""
        if self._binder is not None and self._settings is not None:
            self._scanner = Scanner(self._settings, self._clock, self._post)

    def exchange(self) -> None:
        """Other rules are in force, and no part waits for its serial."""
        self.close()
        self._prepare()
        self.start()

    def close(self) -> None:
        """End the connection."""
        scanner, self._scanner = self._scanner, None
        if scanner is not None:
            scanner.close()

    def trigger(self, trigger: Trigger) -> None:
        """A part was announced, also one that is not judged: its scan is not that of another part."""
        if not trigger.live:
            return
        if self._binder is not None:
            self._binder.on_part(trigger.key, trigger.t_edge_ns)
        elif self._rules.recipe.serial.source == "plc":
            reading = reading_of(self._rules.recipe, trigger.serial, "plc", "the controller gave none")
            self._views.add_reading(trigger.key, reading)

    def scan(self, message: Message) -> None:
        """The code reader has sent something."""
        if self._binder is not None:
            self._binder.on_scan(message["text"], int(message["t_ns"]))

    def state(self, message: Message) -> None:
        """The code reader is there, or away."""
        if self._scanner is not None:
            self.away = str(message["reason"])

    def tick(self, now_ns: int) -> None:
        """Let time pass: windows end."""
        for bound in () if self._binder is None else self._binder.expire(now_ns):
            self._views.add_reading(bound.key, reading_of(self._rules.recipe, bound.text, "scanner", bound.why_not))

    def _prepare(self) -> None:
        settings, self.away, self._binder = self._settings, "", None
        if settings is not None and self._rules.recipe.serial.source == "scanner":
            self.away = "the scanner is being connected"
            self._binder = ScanBinder(settings.from_ms * MS, settings.until_ms * MS, settings.no_read)


def reads_elsewhere(recipe: Recipe) -> bool:
    """Whether serials come from something else than a picture."""
    return recipe.serial.source in ("scanner", "plc")
