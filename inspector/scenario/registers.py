# SPDX-License-Identifier: AGPL-3.0-or-later
"""The registers of a simulated PLC, as plain data, and the station's way to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from inspector.errors import LineLost
from inspector.line.io_thread import IoThread

ADVICE = "It is simulated"


@dataclass(slots=True)
class Wire:
    """The network between the station and a device.

    Attributes:
        cut: Connections are reset, and none is made.
        hung: Connections stay, and no request is answered.
    """

    cut: bool = False
    hung: bool = False


@dataclass(slots=True)
class Registers:
    """Both blocks. Each is replaced as a whole, so that whoever reads one has it of one moment.

    Attributes:
        plc: What the PLC says.
        station: What the station has written; empty: nothing yet.
        wire: What is between them.
    """

    plc: list[int]
    station: list[int] = field(default_factory=list)
    wire: Wire = field(default_factory=Wire)


class RegisterLink:
    """`PlcLink` to `Registers`.

    Args:
        registers: The PLC's.
        thread: The thread that uses the link: it waits for what does not answer.
        pause_s: Pause between two scans.
        timeout_s: Longest wait for an answer.
        dead: Whether the process that it belongs to was killed.
    """

    retry_s = 0.25

    def __init__(
        self, registers: Registers, thread: IoThread, pause_s: float, timeout_s: float, dead: Callable[[], bool]
    ) -> None:
        self.pause_s = pause_s
        self._registers = registers
        self._thread = thread
        self._timeout_s = timeout_s
        self._dead = dead

    def open(self) -> bool:
        """See `PlcLink`."""
        if self._registers.wire.cut or self._dead():
            raise LineLost("the PLC takes no connection", ADVICE)
        return True

    def read(self) -> list[int]:
        """See `PlcLink`."""
        self._reach()
        return self._registers.plc

    def write(self, words: list[int]) -> None:
        """See `PlcLink`."""
        self._reach()
        self._registers.station = list(words)

    def flush(self) -> None:
        """See `PlcLink`; what was written is there."""

    def drop(self) -> None:
        """See `PlcLink`."""

    def close(self) -> None:
        """See `PlcLink`."""

    def _reach(self) -> None:
        if self._registers.wire.hung:
            self._thread.wait(self._timeout_s)
            raise LineLost("the PLC does not answer", ADVICE)
        if self._registers.wire.cut or self._dead():
            raise LineLost("the PLC has reset the connection", ADVICE)
