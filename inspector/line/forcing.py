# SPDX-License-Identifier: AGPL-3.0-or-later
"""Forced outputs: which of them are on or off by a person's will, and every way in which that ends by itself.

The station says who may and records it; here is only what must hold whoever asks: manual mode, a time, and a station
that still answers. What would move a part or say Ready is refused by each backend (docs/decisions, "Forced outputs").
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from inspector.clock import Clock
from inspector.line.input_watch import InputsRead

log = logging.getLogger(__name__)

LONGEST_MS = 60_000
"""Whatever is asked for: nothing is forced for longer at a time."""
STANDS_NS = 1_000_000_000
"""The belt counts as standing when it has stood for so long."""


@dataclass(frozen=True, slots=True)
class Forced:
    """One output.

    Attributes:
        on: What it is forced to.
        until_ns: No longer than this.
    """

    on: bool
    until_ns: int


ForcedOutputs = Mapping[str, Forced]
"""By the name of the point; whoever drives the output looks at the time, too."""


def forced_level(forced: ForcedOutputs, name: str, now_ns: int) -> bool | None:
    """What an output is forced to now; None: it is not."""
    found = forced.get(name)
    return found.on if found is not None and now_ns < found.until_ns else None


class Forcing:
    """All forced outputs of the line; used by the thread of the line process.

    Args:
        clock: Time.
        apply: Takes the whole set, at each change.
    """

    def __init__(self, clock: Clock, apply: Callable[[ForcedOutputs], None]) -> None:
        self._clock = clock
        self._apply = apply
        self._forced: dict[str, Forced] = {}

    def force(self, name: str, on: bool, for_ms: int) -> None:
        """Force an output; the backend has been asked whether that may be."""
        until_ns = self._clock.monotonic_ns() + min(for_ms, LONGEST_MS) * 1_000_000
        self._forced[name] = Forced(on, until_ns)
        log.warning("the output %s is forced %s for %d ms", name, "on" if on else "off", for_ms)
        self._apply(dict(self._forced))

    def release(self, why: str, name: str = "") -> None:
        """End all of them, or one."""
        ended = [one for one in self._forced if name in ("", one)]
        if ended:
            log.warning("forced outputs end (%s): %s", why, ", ".join(ended))
            self._forced = {one: level for one, level in self._forced.items() if one not in ended}
            self._apply(dict(self._forced))

    def tick(self, allowed: bool) -> None:
        """Let time pass.

        Args:
            allowed: Manual mode holds, and the station that says so answers.
        """
        if not allowed:
            self.release("manual mode is over, or the station does not answer")
        now_ns = self._clock.monotonic_ns()
        for name in [name for name, level in self._forced.items() if now_ns >= level.until_ns]:
            self.release("their time is over", name)


class BeltAtRest:
    """Whether the belt stands and nothing is at a sensor, by plain inputs: only then may a gate be moved by hand.

    A signal must say that the belt is not told to run; an encoder, where there is one, must agree.
    """

    def __init__(self) -> None:
        self._read: InputsRead | None = None
        self._since_ns: int | None = None
        self._complaint = "the inputs are not read"

    def see(self, read: InputsRead) -> None:
        """Look at one reading."""
        before, self._read = self._read, read
        self._complaint = self._moving(read, before)
        if self._complaint:
            self._since_ns = None
        elif self._since_ns is None:
            self._since_ns = read.t_ns

    def lost(self) -> None:
        """The inputs are not read any more."""
        self._read = self._since_ns = None
        self._complaint = "the inputs are not read"

    def complaint(self) -> str:
        """Why the gate may not be moved now; empty when it may."""
        if self._complaint or self._read is None or self._since_ns is None:
            return self._complaint or "the inputs are not read"
        stood = self._read.t_ns - self._since_ns >= STANDS_NS
        return "" if stood else "the belt has not stood for a second"

    @staticmethod
    def _moving(read: InputsRead, before: InputsRead | None) -> str:
        if read.running is None:
            return "no signal says that the belt stands"
        if read.running:
            return "the belt runs"
        if before is not None and before.encoder_count != read.encoder_count:
            return "the belt moves: its encoder counts"
        if read.part or read.good_lane or read.reject_lane:
            return "a part is at a sensor"
        if read.emergency_stop:
            return "the emergency stop is active"
        return "the outputs are in their safe state" if read.outputs_safe else ""


class HandGate:
    """The gate moved by hand: one pulse for each order, and none that comes back by itself.

    Args:
        name: Of its point.
        at_most_ms: Longest pulse.
    """

    def __init__(self, name: str, at_most_ms: int) -> None:
        self._name = name
        self._at_most_ns = at_most_ms * 1_000_000
        self._order: Forced | None = None
        self._since_ns = 0
        self._over = True

    def open(self, forced: ForcedOutputs, at_rest: bool, now_ns: int) -> bool:
        """Whether the gate is open by hand now.

        Args:
            forced: What is forced.
            at_rest: The belt stands.
            now_ns: The time.
        """
        order = forced.get(self._name)
        if order is not self._order:
            self._order, self._since_ns, self._over = order, now_ns, order is None
        ends = order is None or not order.on or now_ns >= order.until_ns or now_ns - self._since_ns >= self._at_most_ns
        if ends or not at_rest:
            self._over = True
        return not self._over
