# SPDX-License-Identifier: AGPL-3.0-or-later
"""The course of one scenario: a shift is opened, parts pass, things go wrong, people mend them, the shift is sealed."""

from __future__ import annotations

import random
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

from inspector.scenario.checks import Broken, Facts, gather, invariants
from inspector.scenario.pictures import Look
from inspector.scenario.rig import Rig
from inspector.scenario.settings import Expect, Scenario
from inspector.scenario.table import Hit

READY_WITHIN_MS = 30_000.0
QUIET_MS = 2_500.0
"""So long after the last part left the belt everything about it is told and recorded."""
HELD_MS = 45_000.0
"""The line is held for good when it was not Ready for so long."""


@dataclass(frozen=True)
class Result:
    """What came of a scenario.

    Attributes:
        scenario: What was played.
        broken: Every invariant or expectation that does not hold.
        codes: What kept the line from being Ready when everything had come to rest, before anybody mended anything.
        seen: Every code that was ever given.
        verdicts: Part records by verdict.
        lanes: Physical parts by where they ended.
        deaths: Processes that died, and of what.
        facts: What the files say.
        wall_s: Real seconds.
    """

    scenario: Scenario
    broken: list[Broken]
    codes: list[str]
    seen: list[str]
    verdicts: dict[str, int]
    lanes: dict[str, int]
    deaths: list[str]
    facts: Facts = field(repr=False)
    wall_s: float = 0.0

    def as_dict(self) -> dict[str, object]:
        """For scripts."""
        return {
            "name": self.scenario.name,
            "seed": self.scenario.seed,
            "plant": self.scenario.plant,
            "rate_ppm": self.scenario.rate_ppm,
            "time": self.scenario.time,
            "disturbances": [one.name for one in self.scenario.disturb],
            "holds": not self.broken,
            "broken": [{"invariant": one.invariant, "message": one.message} for one in self.broken],
            "stop": self.codes,
            "seen": self.seen,
            "verdicts": self.verdicts,
            "lanes": self.lanes,
            "deaths": self.deaths,
            "gap_parts": self.facts.gap_parts,
            "records": self.facts.records,
            "wall_s": round(self.wall_s, 3),
        }


def play(scenario: Scenario, keep: Path | None = None) -> Result:
    """Play one scenario.

    Args:
        scenario: Checked against the table.
        keep: A folder that does not exist yet, for the files of all processes; not given: they are thrown away.
    """
    if keep is not None:
        keep.mkdir(parents=True)
        return _play(scenario, keep)
    with tempfile.TemporaryDirectory(prefix="inspector-scenario-", ignore_cleanup_errors=True) as folder:
        return _play(scenario, Path(folder))


def _play(scenario: Scenario, folder: Path) -> Result:
    began_s = time.monotonic()
    rig = Rig(folder, scenario.seed, real=scenario.time == "real", kind=scenario.plant)
    broken: list[Broken] = []
    codes: list[str] = []
    try:
        _inject(rig, scenario, early=True)
        rig.start()
        if not _open(rig):
            broken.append(Broken("shift", "no shift could be opened"))
        else:
            codes = _produce(rig, scenario)
            broken += _mend_and_close(rig)
    finally:
        rig.stop()
    facts = gather(rig)
    broken += invariants(rig, facts)
    deaths = [f"{process.name}: {why}" for process in rig.processes() for why in process.deaths]
    if scenario.expect is not None:
        broken += _compare(scenario.expect, codes, rig, facts, deaths)
    lanes: dict[str, int] = {}
    for part in rig.machine.parts:
        lanes[part.lane or "on the belt"] = lanes.get(part.lane or "on the belt", 0) + 1
    return Result(
        scenario,
        broken,
        codes,
        sorted(rig.person.seen),
        facts.verdicts(),
        lanes,
        deaths,
        facts,
        time.monotonic() - began_s,
    )


def _open(rig: Rig) -> bool:
    """A person opens the shift as soon as the station lets them."""
    for _ in range(100):
        answer = rig.command("shift-open", lot="L-1", operator="P-1")
        if answer is not None and answer["ok"]:
            return rig.schedule.run(lambda: rig.machine.ready, READY_WITHIN_MS)
        rig.schedule.run(lambda: False, 100.0)
    return False


def looks(scenario: Scenario) -> list[Look]:
    """The parts of a scenario."""
    lot = random.Random(scenario.seed)  # noqa: S311 - reproducible parts, not a secret
    bad = scenario.bad_every
    return [
        Look(lot.randrange(1 << 30), defect=bad > 0 and number % bad == max(0, bad - 2))
        for number in range(1, scenario.parts + 1)
    ]


def _produce(rig: Rig, scenario: Scenario) -> list[str]:
    _inject(rig, scenario, early=False)
    rig.machine.feed(looks(scenario), scenario.rate_ppm)
    _until_rest(rig, scenario)
    return sorted(rig.person.codes)


def _inject(rig: Rig, scenario: Scenario, *, early: bool) -> None:
    for index, one in enumerate(scenario.disturb):
        if one.kind.early is not early:
            continue
        parts = one.kind.parts if one.parts is None else one.parts
        rig.gate_disobeys = rig.gate_disobeys or one.kind.gate_disobeys
        one.kind.inject(rig, Hit(rig, one.at, parts, one.probability, scenario.seed + index), one.values())


def _until_rest(rig: Rig, scenario: Scenario) -> None:
    """Until all parts have passed, or the line is held for good."""
    since = [rig.schedule.clock.monotonic_ns()]

    def over() -> bool:
        now_ns = rig.schedule.clock.monotonic_ns()
        if rig.machine.ready:
            since[0] = now_ns
        if rig.machine.waiting == 0 and rig.machine.empty:
            return True
        held_ms = (now_ns - since[0]) / 1e6
        stopped = bool(rig.person.status.get("stopped")) and held_ms > QUIET_MS
        return (stopped and rig.machine.empty) or held_ms > HELD_MS

    patience_ms = 4 * 60_000.0 * scenario.parts / scenario.rate_ppm + 3 * HELD_MS
    rig.schedule.run(over, patience_ms)
    rig.schedule.run(lambda: False, QUIET_MS)
    rig.schedule.run(lambda: bool(rig.person.status) and rig.person.codes <= _stops(rig), HELD_MS)


def _mend_and_close(rig: Rig) -> list[Broken]:
    """Mend everything, let the rest of the parts pass, close the shift."""
    rig.calm()
    rig.schedule.run(lambda: bool(rig.person.status) and rig.person.codes <= _needs_a_person(rig), READY_WITHIN_MS)
    if rig.person.status.get("stopped"):
        answer = rig.command("reset-stop", operator="P-2", reason="the scenario has calmed down")
        if answer is None or not answer["ok"]:
            return [Broken("reset", f"the stop could not be reset: {answer}")]
    if not rig.schedule.run(lambda: rig.machine.ready or bool(_blocked(rig)), READY_WITHIN_MS):
        return [Broken("recovery", f"the line is not Ready again after everything was mended: {rig.person.codes}")]
    if not _blocked(rig):
        rest = rig.schedule.run(lambda: (rig.machine.waiting == 0 and rig.machine.empty) or _stopped(rig), 4 * HELD_MS)
        rig.schedule.run(lambda: False, QUIET_MS)
        if not rest or _stopped(rig):
            return [Broken("recovery", f"the rest of the parts did not pass: {rig.person.codes}")]
    answer = rig.command("shift-close", operator="P-1", note="end of the scenario")
    if answer is None or not answer["ok"]:
        return [Broken("seal", f"the shift could not be closed: {answer}")]
    return []


def _needs_a_person(rig: Rig) -> set[str]:
    return _stops(rig) | _blocked(rig)


def _stops(rig: Rig) -> set[str]:
    return {code for code in rig.person.codes if code.startswith("STOP_")}


def _blocked(rig: Rig) -> set[str]:
    """What only a new shift mends."""
    return rig.person.codes & {"CAMERA_EXCHANGED", "RULES_EXCHANGED"}


def _stopped(rig: Rig) -> bool:
    return bool(rig.person.status.get("stopped"))


def _compare(expect: Expect, codes: list[str], rig: Rig, facts: Facts, deaths: list[str]) -> list[Broken]:
    found = []
    wanted, allowed = set(expect.stop), set(expect.stop) | set(expect.may)
    if not wanted <= set(codes) <= allowed:
        found.append(Broken("end", f"expected {expect.stop or 'a running line'}, is {codes or 'a running line'}"))
    if missing := set(expect.seen) - rig.person.seen:
        found.append(Broken("end", f"never given: {', '.join(sorted(missing))}; given: {sorted(rig.person.seen)}"))
    if missing := set(expect.verdicts) - facts.verdicts().keys():
        found.append(Broken("end", f"no such verdict: {', '.join(sorted(missing))}; there are {facts.verdicts()}"))
    if expect.gap and not facts.gaps:
        found.append(Broken("end", "no gap was recorded"))
    if expect.deaths and not deaths:
        found.append(Broken("end", "no process died"))
    return found
