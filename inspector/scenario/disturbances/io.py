# SPDX-License-Identifier: AGPL-3.0-or-later
"""The I/O modules of a line whose parts the station follows itself."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance

MAY = ("STOP_REJECT_UNCONFIRMED", "STOP_MISSING_IMAGES")
OTHER_UNIT = 17
REBOOT_MS = 700.0


@disturbance(
    "inputs-hung",
    "io",
    "the module of the sensors keeps its connection and does not answer",
    Ends(may=MAY, seen=("PLANT_AWAY",)),
    for_ms=Limits(2_000, 1, 20_000),
)
def _inputs_hung(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def hang(value: bool) -> None:
        rig.raw.inputs.wire.hung = value

    rig.switch_for_ms(hit, values["for_ms"], hang)


@disturbance(
    "outputs-hung",
    "io",
    "the module of the PASS valve keeps its connection and does not answer",
    Ends(may=MAY, seen=("PLANT_AWAY",)),
    for_ms=Limits(2_000, 1, 20_000),
)
def _outputs_hung(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def hang(value: bool) -> None:
        rig.raw.outputs.wire.hung = value

    rig.switch_for_ms(hit, values["for_ms"], hang)


@disturbance(
    "io-reset",
    "io",
    "both modules reset their connections, and take none for a while",
    Ends(may=MAY, seen=("PLANT_AWAY",)),
    for_ms=Limits(200, 1, 20_000),
)
def _io_reset(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def cut(value: bool) -> None:
        for module in (rig.raw.inputs, rig.raw.outputs):
            module.wire.cut = value
            module.reset()

    rig.switch_for_ms(hit, values["for_ms"], cut)


@disturbance(
    "outputs-reboot",
    "io",
    "the module of the PASS valve loses power for a moment, and its power-on value of PASS is on",
    Ends(codes=("IO_OUTPUT_WRONG", "STOP_TRACKING")),
    gate_disobeys=True,
)
def _outputs_reboot(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    module = rig.raw.outputs

    def off() -> None:
        module.wire.cut = True
        module.reboot(passes=False)

    def on() -> None:
        module.wire.cut = False
        if not rig.calmed:
            module.reboot(passes=True)

    rig.once_for_ms(hit, REBOOT_MS, off, on)


@disturbance(
    "wrong-unit-id",
    "io",
    "the module of the sensors is exchanged for one with another unit identifier",
    Ends(codes=("PLANT_AWAY",)),
)
def _wrong_unit_id(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    module = rig.raw.inputs

    def exchange(unit_id: int) -> None:
        module.unit_id = unit_id
        module.reset()

    def begin() -> None:
        before = module.unit_id
        exchange(OTHER_UNIT)
        rig.later(lambda: exchange(before))

    rig.once(hit, begin)


@disturbance(
    "watchdog-off",
    "io",
    "the module of the PASS valve starts again, and its watchdog is off",
    Ends(codes=("IO_WATCHDOG_WRONG",)),
)
def _watchdog_off(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def mend() -> None:
        rig.raw.outputs.watchdog = True

    def begin() -> None:
        rig.raw.outputs.watchdog = False
        rig.raw.outputs.reboot(passes=False)
        rig.later(mend)

    rig.once(hit, begin)


@disturbance(
    "watchdog-slow",
    "io",
    "the module of the PASS valve starts again, and its watchdog waits longer than an output may hold",
    Ends(codes=("IO_WATCHDOG_WRONG",)),
    ms=Limits(5_000, 510, 60_000),
)
def _watchdog_slow(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    module = rig.raw.outputs

    def begin() -> None:
        before, module.time_ms = module.time_ms, int(values["ms"])
        module.reboot(passes=False)

        def mend() -> None:
            module.time_ms = before

        rig.later(mend)

    rig.once(hit, begin)


@disturbance(
    "watchdog-trips",
    "io",
    "the watchdog of the outputs trips although the station is there",
    Ends(codes=("IO_WATCHDOG_TRIPPED", "STOP_TRACKING")),
)
def _watchdog_trips(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, rig.raw.outputs.trip)


@disturbance(
    "output-switched",
    "io",
    "somebody else switches the PASS output on",
    Ends(codes=("IO_OUTPUT_WRONG", "STOP_TRACKING")),
    gate_disobeys=True,
)
def _output_switched(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: rig.raw.outputs.write(0, True))


@disturbance(
    "belt-emergency-stop",
    "io",
    "the belt's emergency stop is pressed: the belt stands, and runs again after a while",
    Ends(may=MAY, seen=("EMERGENCY_STOP",)),
    for_ms=Limits(2_000, 50, 20_000),
)
def _belt_emergency_stop(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def press(value: bool) -> None:
        rig.raw.belt.faults.emergency_stop = value
        rig.raw.set_speed(0.0 if value else rig.config.tracking.speed_mm_s)

    rig.switch_for_ms(hit, values["for_ms"], press)
