# SPDX-License-Identifier: AGPL-3.0-or-later
"""The detector and the program around it."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping

from inspector.errors import InferenceFailed
from inspector.scenario.rig import Rig
from inspector.scenario.table import Ends, Hit, Limits, disturbance

FOR_EVER_MS = 10_000_000.0


def _while_hit(rig: Rig, hit: Hit, fails: Callable[[], None]) -> None:
    """Something goes wrong with the pictures of the parts that are hit."""
    struck: list[int] = []
    rig.when_fed(hit, lambda part: struck.append(part.number))
    inner = rig.inference.fails

    def maybe() -> None:
        inner()
        if struck and not rig.calmed:
            struck.pop()
            fails()

    rig.inference.fails = maybe


def _latency(rig: Rig, hit: Hit, draw: Callable[[], float]) -> None:
    active = [False]
    rig.when_fed(lambda _part: True, lambda part: active.__setitem__(0, hit(part)))
    inner = rig.inference.latency_ms
    rig.inference.latency_ms = lambda: draw() if active[0] and not rig.calmed else inner()


@disturbance(
    "latency-tail",
    "inference",
    "now and then the detector takes long (25 ms usually, 600 ms at the worst)",
    Ends(may=("STOP_LATE",), verdicts=("LATE",)),
    parts=0,
    percent=Limits(20, 1, 40),
    tail_ms=Limits(600, 50, 1900),
)
def _latency_tail(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    lot = random.Random(rig.seed + 17)  # noqa: S311 - reproducible latencies, not a secret

    def draw() -> float:
        return values["tail_ms"] if lot.random() * 100 < values["percent"] else rig.inference.usual_ms()

    _latency(rig, hit, draw)


@disturbance(
    "slow-model",
    "inference",
    "the detector takes longer than a part's way to the gate",
    Ends(may=("STOP_REJECTS_IN_ROW",), codes=("STOP_LATE",), verdicts=("LATE",)),
    parts=0,
    ms=Limits(350, 310, 1900),
)
def _slow_model(rig: Rig, hit: Hit, values: Mapping[str, float]) -> None:
    _latency(rig, hit, lambda: values["ms"])


@disturbance(
    "detector-crash", "inference", "the detector dies, and its process with it", Ends(deaths=True, verdicts=("ERROR",))
)
def _detector_crash(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def crash() -> None:
        raise RuntimeError("the detector crashed")

    _while_hit(rig, hit, crash)


@disturbance(
    "detector-hang",
    "inference",
    "the detector never answers",
    Ends(
        may=("STOP_LATE", "STOP_MISSING_IMAGES", "STOP_REJECTS_IN_ROW", "STOP_REJECT_RATE"),
        seen=("JUDGE_STUCK",),
        deaths=True,
    ),
)
def _detector_hang(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    hung = [False]
    rig.once(hit, lambda: hung.__setitem__(0, True))
    inner = rig.inference.latency_ms

    def latency() -> float:
        if hung[0] and not rig.calmed:
            hung[0] = False
            return FOR_EVER_MS
        return inner()

    rig.inference.latency_ms = latency


@disturbance("nan-score", "inference", "the network answers with NaN", Ends(verdicts=("ERROR",)), parts=2)
def _nan_score(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def refuse() -> None:
        raise InferenceFailed("the network returned NaN or infinite values")

    _while_hit(rig, hit, refuse)


@disturbance(
    "out-of-memory",
    "inference",
    "the processor of the detector has no memory left",
    Ends(codes=("STOP_REJECTS_IN_ROW",), verdicts=("ERROR",)),
    parts=0,
)
def _out_of_memory(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def refuse() -> None:
        raise InferenceFailed("out of memory")

    _while_hit(rig, hit, refuse)


@disturbance(
    "other-model",
    "inference",
    "after a restart another model is loaded than the shift was opened with",
    Ends(codes=("RULES_EXCHANGED",), deaths=True),
)
def _other_model(rig: Rig, hit: Hit, _values: Mapping[str, float]) -> None:
    def exchange() -> None:
        rig.inference.version = "2"
        rig.station.kill()

    def put_back() -> None:
        if rig.inference.version != "1":
            rig.inference.version = "1"
            rig.station.kill()

    rig.once(hit, exchange)
    rig.later(put_back)
