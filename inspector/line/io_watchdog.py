# SPDX-License-Identifier: AGPL-3.0-or-later
"""Is the module's watchdog on? Without it a module keeps its last output for ever when the station is gone."""

from __future__ import annotations

from collections.abc import Callable

from inspector.config.remote_io import PASS, ModuleSettings, PointSettings, RegisterSettings
from inspector.line.wire import Reason

LOOK = "Set the watchdog and the safe values in the module, then let a person try it: docs/integrator.md"


def watchdog_time_ms(module: ModuleSettings, read: Callable[[RegisterSettings], int]) -> int | None:
    """The time that the module keeps; None when it does not let it be read."""
    time = module.watchdog.time
    return None if time is None else read(time) * module.watchdog.time_unit_ms


def watchdog_unread(module: ModuleSettings, outputs: list[PointSettings]) -> list[str]:
    """What would prove the watchdog, and nothing says where to read it: only a person can."""
    watchdog = module.watchdog
    needed = (
        ("enabled", watchdog.enabled),
        ("time", watchdog.time),
        *((f"the safe value of {point.name!r}", point.safe) for point in outputs if point.name == PASS),
    )
    return [what for what, register in needed if register is None]


def watchdog_complaint(
    module: ModuleSettings,
    outputs: list[PointSettings],
    read: Callable[[RegisterSettings], int],
    hold_ms: int,
) -> Reason | None:
    """Why automatic mode is refused, or None.

    What can be read has to be right, whoever has verified it by hand. What cannot be read needs somebody who has.

    Args:
        module: The module.
        outputs: The outputs wired to it.
        read: Reads one value of the module.
        hold_ms: Longest time for which an output may hold while the station is silent.

    Raises:
        LineLost: From `read`.
    """
    if not outputs:
        return None
    watchdog = module.watchdog
    if watchdog.enabled is not None and (value := read(watchdog.enabled)) != watchdog.enabled_value:
        return _wrong(module, f"is off: it reads {value}, not {watchdog.enabled_value}")
    time_ms = watchdog_time_ms(module, read)
    if time_ms is not None and not 0 < time_ms <= hold_ms:
        return _wrong(module, f"waits {time_ms} ms, and tracking.output_hold_ms is {hold_ms}")
    for point in outputs:
        # An output that is off while its coil is on is safe with its coil on.
        safe = int(point.contact == "nc")
        if point.safe is not None and (value := read(point.safe)) != safe:
            return _wrong(module, f"sets the output {point.name!r} to {value}, not to {safe}")
    unread = watchdog_unread(module, outputs)
    if unread and not watchdog.verified_by:
        message = f"The watchdog of the I/O module {module.name} is not proven: nothing says where to read {unread[0]}"
        return Reason("IO_WATCHDOG_UNPROVEN", message, LOOK + ", and enter it in watchdog.verified_by")
    return None


def _wrong(module: ModuleSettings, what: str) -> Reason:
    return Reason("IO_WATCHDOG_WRONG", f"The watchdog of the I/O module {module.name} {what}", LOOK)
