# SPDX-License-Identifier: AGPL-3.0-or-later
"""The belt and its encoder, where the station itself follows the parts."""

from __future__ import annotations

from collections.abc import Mapping

from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance

STEP_MS = 50.0
COUNTER = 1 << 32
JOG_MM_S = 50.0
COUNTED_MS = 130.0
"""By then a part is long enough to be counted, and still near the sensor's edge."""
JUMP = 5_000
"""Counts: half a metre."""


def _nominal_mm_s(rig: Rig) -> float:
    return rig.config.tracking.speed_mm_s


def _set_speed(rig: Rig, mm_s: float) -> None:
    rig.raw.set_speed(mm_s)


def _slip(rig: Rig, hit: Hit, percent: float) -> None:
    def scale(value: float) -> None:
        rig.raw.belt.faults.encoder_scale = value

    def begin() -> None:
        scale(1 + percent / 100)
        rig.later(lambda: scale(1.0))

    rig.once(hit, begin)


@disturbance(
    "encoder-slips",
    "encoder",
    "the encoder's wheel slips a little: it counts more, or less, than the belt moves",
    Ends(),
    parts=0,
    percent=Limits(-5, -5, 5),
)
def _encoder_slips(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _slip(rig, hit, values["percent"])


@disturbance(
    "encoder-slips-away",
    "encoder",
    "the encoder's wheel slips so much that parts are not where they are expected",
    Ends(codes=("STOP_TRACKING",)),
    parts=0,
    percent=Limits(-25, -40, -20),
)
def _encoder_slips_away(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _slip(rig, hit, values["percent"])


@disturbance(
    "speed-ramp",
    "encoder",
    "the belt stops, and its speed rises to more than it may have",
    Ends(may=("STOP_REJECTS_IN_ROW", "STOP_REJECT_UNCONFIRMED"), seen=("BELT_TOO_FAST",)),
    to_percent=Limits(150, 120, 200),
    for_ms=Limits(4_000, 500, 20_000),
)
def _speed_ramp(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    nominal = _nominal_mm_s(rig)
    running = [False]

    def ramp(past_ms: float) -> None:
        if running[0]:
            _set_speed(rig, nominal * values["to_percent"] / 100 * min(1.0, past_ms / (values["for_ms"] / 2)))
            rig.schedule.after_ms(STEP_MS, lambda: ramp(past_ms + STEP_MS))

    def begin() -> None:
        running[0] = True
        ramp(0.0)

    def end() -> None:
        running[0] = False
        _set_speed(rig, nominal)

    rig.once_for_ms(hit, values["for_ms"], begin, end)


def _jog(rig: Rig, hit: Hit, back_mm: float) -> None:
    """Back, so that a part that has just been counted leaves the sensor where it came from, and then on again."""

    def begin() -> None:
        if not rig.calmed:
            rig.for_ms(1000 * back_mm / JOG_MM_S, lambda: _set_speed(rig, -JOG_MM_S), forward)

    def forward() -> None:
        _set_speed(rig, _nominal_mm_s(rig))

    def soon() -> None:
        rig.schedule.after_ms(COUNTED_MS, begin)

    rig.once(hit, soon)


@disturbance(
    "reverse-jog",
    "encoder",
    "somebody jogs the belt back a little: a part passes the sensor again",
    Ends(),
    back_mm=Limits(15, 1, 18),
)
def _reverse_jog(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _jog(rig, hit, values["back_mm"])


@disturbance(
    "reverse-far",
    "encoder",
    "the belt runs back further than anybody could follow",
    Ends(may=("STOP_REJECT_UNCONFIRMED",), seen=("BELT_BACKWARDS",)),
    back_mm=Limits(60, 25, 150),
)
def _reverse_far(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _jog(rig, hit, values["back_mm"])


@disturbance(
    "encoder-channel-lost",
    "encoder",
    "a channel of the encoder is missing: it counts up and down by one",
    Ends(seen=("ENCODER_STALLED",), gap=True),
    for_ms=Limits(3_000, 50, 20_000),
)
def _encoder_channel_lost(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def lost(value: bool) -> None:
        rig.raw.belt.faults.encoder_channel_lost = value

    rig.switch_for_ms(hit, values["for_ms"], lost)


@disturbance(
    "encoder-stalled",
    "encoder",
    "the belt runs, and its encoder does not count",
    Ends(seen=("ENCODER_STALLED",), gap=True),
    for_ms=Limits(3_000, 50, 20_000),
)
def _encoder_stalled(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    def stuck(value: bool) -> None:
        rig.raw.belt.faults.encoder_stuck = value

    rig.switch_for_ms(hit, values["for_ms"], stuck)


@disturbance(
    "encoder-jumped",
    "encoder",
    "the encoder's counter jumps: a disturbance on its cable",
    Ends(codes=("ENCODER_JUMPED", "STOP_TRACKING"), gap=True),
)
def _encoder_jumped(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def jump() -> None:
        rig.raw.counter_ahead += JUMP

    rig.once(hit, jump)


@disturbance(
    "encoder-rolls-over",
    "encoder",
    "the encoder's counter rolls over with parts on the belt",
    Ends(),
    early=True,
    unseen=True,
    after_mm=Limits(1_000, 100, 3_000),
)
def _encoder_rolls_over(rig: Rig, _hit: Hit, values: Mapping[str, float]) -> None:
    rig.raw.counter_ahead = COUNTER - int(values["after_mm"] / rig.config.tracking.mm_per_count)
