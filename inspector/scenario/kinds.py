# SPDX-License-Identifier: AGPL-3.0-or-later
"""The kinds of plant that a scenario can have, and what each line can carry."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PlantKind = Literal["plc", "handshake", "remote-io"]


@dataclass(frozen=True)
class Pace:
    """How fast parts may come.

    Attributes:
        rates_ppm: Rates that are drawn by lot; the first one is the lowest, the last one the highest that is allowed.
        usual_ppm: The rate for which the table says how the line ends.
        parts: Parts where nobody says otherwise.
        real_time: Whether it can be played on real time.
    """

    rates_ppm: tuple[int, ...]
    usual_ppm: int
    parts: int = 20
    real_time: bool = True


FAST = Pace((60, 120, 200, 300, 400, 500, 600), 300)
PACE: dict[PlantKind, Pace] = {
    "plc": FAST,
    "handshake": FAST,
    "remote-io": Pace((20, 30, 40, 50, 60), 40, parts=12, real_time=False),
}
"""A station that follows the parts itself takes no more than 60 a minute (`tracking.max_rate_ppm`). On real time its
readings would come as late as a busy computer lets them, and the line would be right to purge the belt."""
EVERYWHERE: tuple[PlantKind, ...] = tuple(PACE)
SLOWEST_PPM = min(pace.rates_ppm[0] for pace in PACE.values())
FASTEST_PPM = max(pace.rates_ppm[-1] for pace in PACE.values())
