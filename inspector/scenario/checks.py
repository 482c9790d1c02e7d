# SPDX-License-Identifier: AGPL-3.0-or-later
"""The invariants: what has to hold after every scenario, read from the files that the processes left."""

from __future__ import annotations

import json
import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from inspector.evidence.verify.station import verify_station
from inspector.line.process import JOURNAL
from inspector.scenario.belt import Part
from inspector.scenario.rig import Rig
from inspector.station.stop_latch import STOPPED
from inspector.store.database import DATABASE_NAME

LET_THROUGH = ("PASS", "BYPASSED")

Key = tuple[str, int]


@dataclass(frozen=True)
class Broken:
    """Something that does not hold.

    Attributes:
        invariant: Which one.
        message: What was found instead.
    """

    invariant: str
    message: str


@dataclass(frozen=True)
class Facts:
    """What the records and the journal say.

    Attributes:
        parts: Part records, in order.
        outcomes: Outcome records, in order.
        gaps: Gap records, in order.
        stops: For each stop: its code, and the keys of the rejects that were confirmed before it was recorded.
        closes: Shift-close records, in order.
        triggers: Count and time of the edge of each journaled trigger, by key.
        records: Number of records.
        findings: What the verifier has to say against them; empty when everything is valid.
    """

    parts: list[dict[str, Any]]
    outcomes: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    stops: list[tuple[str, frozenset[Key]]]
    closes: list[dict[str, Any]]
    triggers: dict[Key, tuple[int, int]]
    records: int
    findings: list[str]

    @property
    def gap_parts(self) -> int:
        """Edges that stand in gap records."""
        return sum(int(gap["count"]) for gap in self.gaps)

    def verdicts(self) -> dict[str, int]:
        """Part records by verdict."""
        return dict(sorted(Counter(str(part["verdict"]) for part in self.parts).items()))


def gather(rig: Rig) -> Facts:
    """Read what the processes have left."""
    kinds: dict[str, list[dict[str, Any]]] = {name: [] for name in ("part", "outcome", "gap", "shift-close")}
    stops: list[tuple[str, frozenset[Key]]] = []
    confirmed: set[Key] = set()
    records = 0
    with closing(sqlite3.connect(rig.station.files / DATABASE_NAME)) as connection:
        for kind, data in connection.execute("SELECT type, bytes FROM record ORDER BY seq"):
            records += 1
            if kind in kinds:
                kinds[kind].append(json.loads(data))
            if kind == "outcome" and kinds[kind][-1]["confirmed"] == "reject":
                confirmed.add(_key(kinds[kind][-1]))
            elif kind == "state":
                stops += [(code, frozenset(confirmed)) for code in _stop_codes(json.loads(data))]
    report = verify_station(rig.station.files, expected_key=rig.key.public_key)
    findings = [str(finding) for finding in report.findings or ("could not be checked",)] if report.exit_code else []
    return Facts(
        kinds["part"],
        kinds["outcome"],
        kinds["gap"],
        stops,
        kinds["shift-close"],
        _triggers(rig.line.files / JOURNAL),
        records,
        findings,
    )


def _stop_codes(state: dict[str, Any]) -> list[str]:
    return [str(text).partition(": ")[0] for text in state["reasons"]] if state["state"] == STOPPED else []


def _triggers(journal: Path) -> dict[Key, tuple[int, int]]:
    query = "SELECT line_boot, part_seq, plc_count, t_edge_ns FROM trigger JOIN boot USING (boot)"
    with closing(sqlite3.connect(journal)) as connection:
        return {(str(boot), int(seq)): (int(count), int(t_ns)) for boot, seq, count, t_ns in connection.execute(query)}


def _key(record: dict[str, Any]) -> Key:
    return str(record["key"]["line_boot"]), int(record["key"]["part_seq"])


def invariants(rig: Rig, facts: Facts) -> list[Broken]:
    """Everything that does not hold; empty when all is well."""
    return [*_good_lane(rig, facts), *_one_record_each(facts), *_counts(rig, facts), *_chain(facts)]


def _good_lane(rig: Rig, facts: Facts) -> list[Broken]:
    """No part without a positive PASS, or a signed bypass, reached the good lane.

    No program holds back a part at a gate that disobeys its order. Then a stop of the line has to stand in the records,
    and each such part has to stand there as what it is, if any sensor saw it come.
    """
    outcomes = {_key(outcome): outcome for outcome in facts.outcomes}
    records = {_key(one): one for one in facts.parts}
    found = []
    for part in rig.machine.parts:
        if part.lane != "good":
            continue
        key = rig.machine.trigger_of(part, facts.triggers)
        record = records.get(key) if key is not None else None
        if record is None:
            told = _stopped(facts, "STOP_TRACKING") or _set_aside(facts, part) or _said_unseen(rig, facts)
            if not (rig.gate_disobeys and told):
                found.append(Broken("good lane", f"part {part.number}, which has no record, is in the good lane"))
            continue
        outcome = outcomes.get(_key(record))
        passed = record["verdict"] in LET_THROUGH and record["purpose"] != "challenge"
        if passed and outcome is not None and outcome["commanded"] == "accept":
            continue
        rejected = outcome is not None and outcome["commanded"] == "reject"
        if rig.gate_disobeys and rejected and _noticed(facts, outcome):
            continue
        found.append(Broken("good lane", f"part {part.number} ({record['verdict']}, {outcome}) is in the good lane"))
    return found


def _stopped(facts: Facts, code: str) -> bool:
    return any(code == found for found, _ in facts.stops)


def _noticed(facts: Facts, outcome: dict[str, Any] | None) -> bool:
    """Whether the line was stopped by what the lane sensors saw of this part, or by what they did not see."""
    unconfirmed = outcome is not None and outcome["confirmed"] != "reject"
    return (unconfirmed and _stopped(facts, "STOP_REJECT_UNCONFIRMED")) or _stopped(facts, "STOP_TRACKING")


def _set_aside(facts: Facts, part: Part) -> bool:
    """Whether people were told to set this part aside.

    Where the controller told neither of its edge nor of its lane, nothing that reaches the station says where it went:
    the plant's count alone shows that there was a part, which stands in a gap record. The first reject that the same
    gate lets pass then stops the line, and the stop asks for all parts since the last confirmed reject.
    """
    if not part.edges or not any(_within(part.edges[-1][0], gap) for gap in facts.gaps):
        return False
    return any(
        code == "STOP_REJECT_UNCONFIRMED"
        and all(facts.triggers[key][1] < part.t_ns for key in confirmed & facts.triggers.keys())
        for code, confirmed in facts.stops
    )


def _said_unseen(rig: Rig, facts: Facts) -> bool:
    """Whether the records say of a plant that counts nothing that for a while nobody saw what passed."""
    return not rig.machine.counts and any(not gap["count"] for gap in facts.gaps)


def _within(plc_count: int, gap: dict[str, Any]) -> bool:
    """Whether a gap record may speak of this count: one of unknown size, after an exchange of the counter, of any."""
    size = int(gap["count"])
    return size == 0 or 0 <= plc_count - int(gap["first_plc_count"]) < size


def _one_record_each(facts: Facts) -> list[Broken]:
    found = []
    for name, records in (("part", facts.parts), ("outcome", facts.outcomes)):
        counts = Counter(_key(record) for record in records)
        wanted = facts.triggers.keys()
        found += [Broken("one record", f"trigger {key} has no {name} record") for key in wanted - counts.keys()]
        found += [
            Broken("one record", f"{counts[key]} {name} records under {key}")
            for key in counts
            if counts[key] != 1 or key not in wanted
        ]
    return found


def _counts(rig: Rig, facts: Facts) -> list[Broken]:
    found = []
    station = len(facts.parts) + facts.gap_parts
    unknown = rig.counter_unknown or (not rig.machine.counts and any(not gap["count"] for gap in facts.gaps))
    if not unknown and station != rig.machine.plc_count:
        message = f"the plant counted {rig.machine.plc_count} edges, the records account for {station}"
        found.append(Broken("counts", message))
    for close in facts.closes:
        if not rig.counter_unknown and not _reconciles(rig, close, last=close is facts.closes[-1]):
            found.append(Broken("counts", f"the seal does not reconcile: {close['reconciliation']}"))
    lost = [part.number for part in rig.machine.parts if not part.lane]
    if lost:
        found.append(Broken("counts", f"parts {lost} never left the belt"))
    return found


def _reconciles(rig: Rig, close: dict[str, Any], *, last: bool) -> bool:
    """No difference; or none is known: nobody counts, or the plant was away at the close of a shift on a running line.

    The next range begins where this one ended, and the last one is closed when everything is mended.
    """
    difference = close["reconciliation"]["difference"]
    if not rig.machine.counts:
        return difference is None
    if difference is not None or last:
        return bool(difference == 0)
    ends = [one["end"] for one in close["reconciliation"]["independent"]["counters"] if one["name"] == "infeed"]
    return ends == [None] and any(code.startswith(("PLANT_", "LINE_")) for code in rig.person.seen)


def _chain(facts: Facts) -> list[Broken]:
    return [Broken("chain", finding) for finding in facts.findings]
