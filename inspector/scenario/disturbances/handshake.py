# SPDX-License-Identifier: AGPL-3.0-or-later
"""A PLC program that breaks the four-phase handshake, and the wire to its registers."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from inspector.scenario.belt import Part
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance

OTHER_RECIPE = 7
AGAIN_MS = 80.0
"""By then the handshake of a trigger is over, and the next part is not there."""


def _knob(rig: Rig, name: str, value: object) -> None:
    """Break the program until it is mended."""
    program = rig.handshake.program
    before = getattr(program, name)
    setattr(program, name, value)
    rig.later(lambda: setattr(program, name, before))


@disturbance(
    "result-not-acked",
    "handshake",
    "the PLC does not acknowledge a result",
    Ends(codes=("PLC_RESULT_NOT_ACKNOWLEDGED",)),
)
def _result_not_acked(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: _knob(rig, "acks_results", False))


@disturbance(
    "ack-held", "handshake", "the PLC does not drop RESULT_ACK again", Ends(codes=("PLC_RESULT_ACK_NOT_RELEASED",))
)
def _ack_held(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: _knob(rig, "releases_ack", False))


@disturbance(
    "ack-early",
    "handshake",
    "the PLC acknowledges before there is a result",
    Ends(codes=("PLC_ACK_UNEXPECTED",), may=("PLC_ACK_ID_WRONG",)),
)
def _ack_early(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: _knob(rig, "false_ack", True))


@disturbance(
    "ack-wrong-id", "handshake", "the PLC acknowledges another result than it got", Ends(codes=("PLC_ACK_ID_WRONG",))
)
def _ack_wrong_id(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: _knob(rig, "ack_id_offset", 1))


@disturbance(
    "trigger-held", "handshake", "the PLC does not drop TRIGGER again", Ends(codes=("PLC_TRIGGER_NOT_RELEASED",))
)
def _trigger_held(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    rig.once(hit, lambda: _knob(rig, "releases_trigger", False))


@disturbance("double-trigger", "handshake", "the PLC triggers twice for one part", Ends(codes=("PLC_ID_REPEATED",)))
def _double_trigger(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def soon(_part: Part) -> None:
        rig.schedule.after_ms(AGAIN_MS, rig.handshake.again)

    rig.when_fed(hit, soon)


@disturbance(
    "trigger-while-busy",
    "handshake",
    "the trigger of the next part comes before the one before is answered and released",
    Ends(codes=("PLC_TRIGGER_CHANGED",)),
)
def _trigger_while_busy(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    """The PLC holds one trigger until the next part is there, and asks nobody whether it may trigger again."""

    def hold(_part: Part) -> None:
        _knob(rig, "checks_ready", False)
        _knob(rig, "releases_trigger", False)

    rig.when_fed(hit, hold)


@disturbance(
    "trigger-not-ready",
    "handshake",
    "the PLC puts parts on the belt and triggers although Ready is off: the station has died",
    Ends(verdicts=("ERROR",), seen=("CAMERA_AWAY",)),
    for_ms=Limits(3_000, 100, 20_000),
)
def _trigger_not_ready(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def ignores(value: bool) -> None:
        rig.plant.feeds_always = value
        rig.handshake.program.checks_ready = not value

    def begin() -> None:
        ignores(True)
        rig.station.kill(restart_ms=values["for_ms"] / 2)

    rig.once_for_ms(hit, values["for_ms"], begin, lambda: ignores(False))


@disturbance(
    "trigger-id-jump",
    "handshake",
    "the id of a trigger is ahead of the PLC's count",
    Ends(codes=("PLC_ID_MISMATCH",)),
    by=Limits(3, 1, 1000),
)
def _trigger_id_jump(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _other_id(rig, hit, lambda count: count + int(values["by"]))


@disturbance(
    "trigger-id-stale",
    "handshake",
    "the PLC counts a part, and triggers with the id of the one before",
    Ends(codes=("PLC_ID_MISMATCH",)),
)
def _trigger_id_stale(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    _other_id(rig, hit, lambda count: count - 1)


def _other_id(rig: Rig, hit: Hit, change: Callable[[int], int]) -> None:
    inner = rig.handshake.trigger_id
    wrong: list[int] = []
    rig.when_fed(hit, lambda _part: wrong.append(rig.plant.plc_count + 1))
    rig.handshake.trigger_id = lambda count: change(count) if count in wrong and not rig.calmed else inner(count)


@disturbance(
    "trigger-id-repeat",
    "handshake",
    "the PLC does not count a part: its trigger has the id of the one before",
    Ends(codes=("PLC_ID_REPEATED",)),
)
def _trigger_id_repeat(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    inner = rig.plant.sensors.count
    again = [False]
    rig.when_fed(hit, lambda _part: again.__setitem__(0, True))

    def count(last: int) -> int:
        repeated, again[0] = again[0], False
        return last if repeated and last and not rig.calmed else inner(last)

    rig.plant.sensors.count = count


@disturbance(
    "recipe-change",
    "handshake",
    "the PLC asks for another recipe with parts on the belt",
    Ends(seen=("PLC_OTHER_RECIPE",)),
    for_ms=Limits(2_000, 50, 20_000),
)
def _recipe_change(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def ask(number: int) -> None:
        rig.handshake.program.recipe_request = number

    rig.once_for_ms(hit, values["for_ms"], lambda: ask(OTHER_RECIPE), lambda: ask(0))


@disturbance(
    "plc-stopped",
    "handshake",
    "the PLC's heartbeat stops, and its registers stay readable",
    Ends(seen=("PLC_HEARTBEAT_LOST",)),
    for_ms=Limits(2_000, 50, 20_000),
)
def _plc_stopped(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def beats(value: bool) -> None:
        rig.handshake.program.beats = value

    rig.once_for_ms(hit, values["for_ms"], lambda: beats(False), lambda: beats(True))


@disturbance(
    "plc-hung",
    "handshake",
    "the PLC keeps its connection and does not answer",
    Ends(may=("STOP_REJECT_UNCONFIRMED",), seen=("PLANT_AWAY",)),
    for_ms=Limits(2_000, 50, 20_000),
)
def _plc_hung(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def hangs(value: bool) -> None:
        rig.handshake.registers.wire.hung = value

    rig.switch_for_ms(hit, values["for_ms"], hangs)


@disturbance(
    "plc-reset",
    "handshake",
    "the PLC resets the connection, and takes none for a while",
    Ends(may=("STOP_REJECT_UNCONFIRMED",), seen=("PLANT_AWAY",)),
    for_ms=Limits(500, 1, 20_000),
)
def _plc_reset(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def cut(value: bool) -> None:
        rig.handshake.registers.wire.cut = value

    rig.switch_for_ms(hit, values["for_ms"], cut)


@disturbance(
    "emergency-stop",
    "handshake",
    "the PLC reports an emergency stop with parts on the belt",
    Ends(seen=("PLC_EMERGENCY_STOP",)),
    for_ms=Limits(2_000, 50, 20_000),
)
def _emergency_stop(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def released(value: bool) -> None:
        rig.handshake.program.estop_ok = value

    rig.once_for_ms(hit, values["for_ms"], lambda: released(False), lambda: released(True))
