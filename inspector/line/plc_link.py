# SPDX-License-Identifier: AGPL-3.0-or-later
"""How the blocks of the register map get from one side to the other, whoever of the two is the Modbus client."""

from __future__ import annotations

from typing import Protocol

from inspector.config import ModbusSettings
from inspector.line.modbus import ModbusLink
from inspector.line.register_map import PLC_BLOCK, block_words

MAP_ADVICE = "Check modbus.plc_address, modbus.unit_id, modbus.word_order, and map_version in the PLC"


class PlcLink(Protocol):
    """One way to exchange the two blocks with a PLC; to be used by one thread.

    Attributes:
        retry_s: Pause before `open` is called again.
        pause_s: Pause between two calls of `read`.
    """

    retry_s: float
    pause_s: float

    def open(self) -> bool:
        """Connect; False: not yet, call again.

        Raises:
            LineLost: It did not work.
        """
        ...

    def read(self) -> list[int]:
        """The PLC's block.

        Raises:
            LineLost: The PLC is away, or does not answer in time.
        """
        ...

    def write(self, words: list[int]) -> None:
        """Show the PLC the station's block, all of it at one moment.

        Raises:
            LineLost: The PLC is away, or does not answer in time.
        """
        ...

    def flush(self) -> None:
        """Wait, no longer than the time-out of the settings, until the PLC has what was written last.

        Raises:
            LineLost: The PLC is away.
        """
        ...

    def drop(self) -> None:
        """End the connection; `open` makes another."""
        ...

    def close(self) -> None:
        """End everything."""
        ...


class ClientLink:
    """The station asks, the PLC is the server.

    Args:
        settings: `[modbus]`.
    """

    retry_s = 0.25

    def __init__(self, settings: ModbusSettings) -> None:
        self.pause_s = settings.poll_ms / 1000
        self._settings = settings
        self._link = ModbusLink(settings.host, settings.port, settings.unit_id, settings.timeout_ms / 1000)

    def open(self) -> bool:
        """See `PlcLink`."""
        self._link.open()
        return True

    def read(self) -> list[int]:
        """See `PlcLink`."""
        return self._link.read(self._settings.plc_address, block_words(PLC_BLOCK))

    def write(self, words: list[int]) -> None:
        """See `PlcLink`."""
        self._link.write(self._settings.station_address, words)

    def flush(self) -> None:
        """See `PlcLink`; a write has been answered already."""

    def drop(self) -> None:
        """See `PlcLink`."""
        self._link.close()

    def close(self) -> None:
        """See `PlcLink`."""
        self._link.close()
