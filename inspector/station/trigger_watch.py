# SPDX-License-Identifier: AGPL-3.0-or-later
"""What the cameras say of edges on their trigger lines that they did not take: told for the rest of the shift."""

from __future__ import annotations

from collections import Counter

from inspector.station.readiness import Reason, missed_triggers, untriggered_pictures


class TriggerWatch:
    """Adds up what each camera has missed in this shift, over all its acquisitions.

    The part itself has a record anyway: without a picture, or untracked. This says what to look at.
    """

    def __init__(self) -> None:
        self._difference: dict[str, int] = {}
        self._missed: Counter[str] = Counter()
        self._untriggered: Counter[str] = Counter()

    def begin_shift(self) -> None:
        """Count from the beginning."""
        self._missed.clear()
        self._untriggered.clear()

    def camera_shows(self, name: str, difference: int | None, counts: bool) -> None:
        """What a camera says.

        Args:
            name: The camera.
            difference: Edges without an exposure since its acquisition began; negative: exposures without an edge.
                None: it cannot be said (yet).
            counts: Whether a shift is open.
        """
        change = (difference or 0) - self._difference.get(name, 0)
        self._difference[name] = difference or 0
        if counts and difference is not None:  # else another acquisition begins at zero
            self._missed[name] += max(0, change)
            self._untriggered[name] += max(0, -change)

    def warnings(self) -> list[Reason]:
        """What somebody should look at while the line goes on."""
        return [missed_triggers(name, count) for name, count in self._missed.items() if count] + [
            untriggered_pictures(name, count) for name, count in self._untriggered.items() if count
        ]
