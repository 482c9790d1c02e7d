# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where the day happens: a running station with the simulated camera, its window, and the people who stand there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import data_samples
from gui.screens import SCREENS
from gui.shell.bridge import Bridge
from gui.shell.screen import Screen
from gui.shell.settings import ScreenSettings
from gui.shell.window import Window
from inspector.camera.simulator.control import SimulatorControl
from inspector.station_directory import UNATTENDED_STOPS
from tests.day.hands import Hands, Wait
from tests.rig import StationRig
from tests.two_products import add_ring

CHALLENGE = '\n[challenge]\nfile = "recipes/challenge.toml"\n'
REJECTS_IN_ROW = 30
"""More than the samples on the belt ever are."""
PASSWORD = "a sentence at the line"
BADGE, PIN = "100244815", "481516"
"""Of the operator; the others type the password."""
OPERATOR, LEAD, QUALITY, MAINTENANCE, ADMIN, AUDITOR = "ada", "lea", "eve", "max", "kim", "ida"
LOT = "L-2041"
S = TypeVar("S", bound=Screen)
Picture = Callable[[str], None]


@dataclass
class Day:
    """All that a step needs.

    Attributes:
        rig: The station: its processes, its records.
        window: The screens.
        hands: In front of them.
        wait: Waits until something is so, while Qt works.
        picture: Called where a picture is worth it, with its name.
        shown: Names of the screens that were touched, since somebody has emptied it.
    """

    rig: StationRig
    window: Window
    hands: Hands
    wait: Wait
    picture: Picture
    shown: set[str] = field(default_factory=set)

    def screen(self, kind: type[S]) -> S:
        """Touch the key of a screen.

        Args:
            kind: Its class.
        """
        found = self.hands.open(kind.name)
        assert isinstance(found, kind)
        self.shown.add(kind.name)
        return found

    def records(self, kind: str) -> list[dict[str, Any]]:
        """What the station has recorded of this kind, oldest first."""
        return self.rig.records(kind)

    def production(self) -> list[dict[str, Any]]:
        """Records of parts that are no test parts."""
        return [part for part in self.records("part") if part["purpose"] == "production"]

    def log_in(self, user: str) -> None:
        """Staff number and password at the lower edge of the window; who was there goes first."""
        self.log_out()
        bar = self.window.log_in
        self.hands.tap(self.window.person_key)
        self.hands.write(bar.who, user)
        self.hands.write(bar.secret, PASSWORD)
        self.hands.tap(bar.enter_key)
        self.wait(lambda: self.window.person.user == user and not bar.isVisible())

    def log_in_by_badge(self) -> None:
        """The operator holds the badge to the scanner and types the PIN with a finger."""
        self.log_out()
        bar = self.window.log_in
        self.hands.scan(BADGE)
        self.wait(bar.secret.hasFocus)
        self.hands.write_with_fingers(bar.secret, PIN)
        self.hands.tap(bar.enter_key)
        self.wait(lambda: self.window.person.user == OPERATOR and not bar.isVisible())

    def log_out(self) -> None:
        """Whoever is there goes."""
        if self.window.person.known:
            self.hands.tap(self.window.person_key)
            self.hands.tap(self.window.log_in.leave_key)
            self.wait(lambda: not self.window.person.known and not self.window.log_in.isVisible())

    @contextmanager
    def cable_out(self) -> Iterator[None]:
        """The cable of the simulated camera is pulled, and plugged in again at the end."""
        with SimulatorControl(self.rig.directory / "run" / "simulator-cam1.json") as camera:
            camera.fault(0, "device-lost")
            try:
                yield
            finally:
                camera.fault(0, "device-back")


def make_rig(folder: Path, rate_ppm: int) -> StationRig:
    """A new station whose shifts begin with a challenge."""
    rig = StationRig(folder, stops={**UNATTENDED_STOPS, "rejects_in_row": REJECTS_IN_ROW}, rate_ppm=rate_ppm)
    (folder / "recipes" / "challenge.toml").write_bytes(data_samples.challenge_file().read_bytes())
    with (folder / "station.toml").open("a") as settings:
        settings.write(CHALLENGE)
    add_ring(folder, challenge='challenge = ""\n')
    return rig


@contextmanager
def window_of(rig: StationRig, size: tuple[int, int], settings: Path) -> Iterator[Window]:
    """The window of a running station, with everything that it can show."""
    bridge = Bridge(rig.directory)
    window = Window(bridge, SCREENS, ScreenSettings(settings))
    window.resize(*size)
    window.show()
    bridge.start()
    try:
        yield window
    finally:
        window.close()
        window.deleteLater()
