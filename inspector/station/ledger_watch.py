# SPDX-License-Identifier: AGPL-3.0-or-later
"""How it stands with the ledgers: how far each has come, and what the anchor process says of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from inspector.child import Child
from inspector.evidence.record import clean_text
from inspector.ipc import Message
from inspector.station.readiness import Reason
from inspector.store.read import LedgerState, RecordReader

LOOK_EVERY_NS = 1_000_000_000
LATE_S = 4 * 3600
"""A seal that waits longer is an alarm: half a shift, so that a network that is mended within one stays a figure."""
STATES = ("working", "away", "refused", "stopped")
MOST_WORDS = 300


@dataclass(frozen=True, slots=True)
class _Said:
    """What the anchor process has said of a ledger last."""

    state: str
    words: str


class LedgerWatch:
    """Asked on the main thread of the station.

    Args:
        child: Settings and clock.
        reader: The station's records.
        anchor_here: Whether the anchor process is connected.
        unlocked: Whether seals can be signed; what cannot be is not the ledger's delay.
    """

    def __init__(
        self, child: Child, reader: RecordReader, anchor_here: Callable[[], bool], unlocked: Callable[[], bool]
    ) -> None:
        self._clock = child.clock
        self._settings = child.config.ledger
        self._reader = reader
        self._anchor_here = anchor_here
        self._unlocked = unlocked
        self._said: dict[str, _Said] = {}
        self._document: dict[str, object] = {}
        self._ages: dict[str, int | None] = {}
        self._due_ns = 0

    def heard(self, message: Message) -> None:
        """The anchor process says how it stands with a ledger.

        Raises:
            ValueError: It is a state that nobody here knows.
            KeyError: Something is missing.
        """
        state = str(message["state"])
        if state not in STATES:
            raise ValueError("state")
        origin = str(message["origin"])
        if origin in self._settings.origins:
            self._said[origin] = _Said(state, clean_text(str(message["words"]))[:MOST_WORDS])
            self._due_ns = 0

    def document(self) -> dict[str, object]:
        """How far they have come; looked up at most once a second, because it reads the store."""
        if self._clock.monotonic_ns() >= self._due_ns:
            self._due_ns = self._clock.monotonic_ns() + LOOK_EVERY_NS
            settings, now_us = self._settings, self._clock.utc_us()
            state = self._reader.ledger_state(settings.counting, settings.needed)
            self._document = {
                "sealed": state.sealed,
                "anchored": state.anchored,
                "oldest_unanchored_s": _age_s(state, now_us),
                "anchored_us": state.anchored_us,
                "needed": settings.needed,
                "ledgers": [self._one(origin, now_us) for origin in settings.origins],
            }
        return self._document

    def warnings(self) -> list[Reason]:
        """Ledgers that get nothing any more, or have taken no seal for long."""
        self.document()
        return [reason for origin in self._settings.origins if (reason := self._warning(origin)) is not None]

    def _warning(self, origin: str) -> Reason | None:
        said = self._said.get(origin)
        if said is not None and said.state == "stopped":
            message = f"nothing goes to the ledger {origin} any more: {said.words}"
            return Reason("LEDGER_STOPPED", message, "find out why; restart the station when it is mended")
        age_s = self._ages.get(origin)
        if age_s is None or age_s < LATE_S or not self._unlocked():
            return None
        message = f"the ledger {origin} has taken no seal for {age_s // 3600} h"
        return Reason("LEDGER_LATE", message, "have the way to the ledger looked at")

    def _one(self, origin: str, now_us: int) -> dict[str, object]:
        state, said = self._reader.ledger_state((origin,)), self._said.get(origin)
        age_s = self._ages[origin] = _age_s(state, now_us)
        known = said is not None and (said.state == "stopped" or self._anchor_here())
        return {
            "name": origin,
            "anchored": state.anchored,
            "oldest_unanchored_s": age_s,
            "counts": origin in self._settings.counting,
            "state": said.state if said is not None and known else "unknown",
            "trouble": said.words if said is not None and known else "",
        }


def _age_s(state: LedgerState, now_us: int) -> int | None:
    oldest_us = state.oldest_unanchored_us
    return None if oldest_us is None else max(0, now_us - oldest_us) // 1_000_000
