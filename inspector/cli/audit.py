# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector audit QUESTION`: what auditors ask, answered from the records; also while the station runs."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

from inspector.cli import audit_words as say
from inspector.cli.audit_document import as_document
from inspector.cli.output import Output, add_json
from inspector.cli.part_list import write_list
from inspector.cli.times import add_period
from inspector.store.queries.changes import changes
from inspector.store.queries.defects import parts_with, trend
from inspector.store.queries.fields import time_of
from inspector.store.queries.history import audited_challenges, bypasses, clock_events, not_there
from inspector.store.queries.parts import PartRow
from inspector.store.queries.people import recorded_changes, users
from inspector.store.queries.reader import LAST, AuditReader
from inspector.store.queries.serial import everything_about
from inspector.store.queries.shift import ShiftAudit, audit_lot, audit_shift, holds_on, rejects

EPILOG = """exit codes:
  0  answered
  1  nothing fits, or the records cannot be read
  2  wrong usage; of lot and shift: a seal states other counts than were found, run `inspector verify`
  3  there is no such station directory, or a record is damaged"""

SHOWN_REJECTS = 20


def add_parsers(subparsers: Any) -> None:
    """Add `audit` with its questions."""
    parser = subparsers.add_parser(
        "audit",
        help="answer what auditors ask: a serial, a lot, a shift, a defect, changes, challenges, bypasses, the clock",
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    questions = parser.add_subparsers(metavar="QUESTION", required=True)
    serial = questions.add_parser("serial", help="everything about a part")
    serial.add_argument("serial", help="its serial")
    lot = questions.add_parser("lot", help="counts, reconciliation, rejects with pictures, stops of a lot")
    lot.add_argument("lot", help="the lot")
    shift = questions.add_parser("shift", help="start-up check, challenges, stops, signatures, seal of a shift")
    shift.add_argument("shift", type=int, help="its number")
    defect = questions.add_parser("defect", help="parts with a class of defects, day by day")
    defect.add_argument("defect", metavar="class", help="name of the class")
    changed = questions.add_parser(
        "changes", help="changes of model, recipe, cameras, settings; parts before and after"
    )
    challenges = questions.add_parser("challenges", help="challenges, and what was quarantined when one failed")
    challenges.add_argument("--failed", action="store_true", help="only failed ones")
    bypassed = questions.add_parser("bypasses", help="bypasses, and how inspection was verified afterwards")
    clock = questions.add_parser("clock", help="steps of the clock, UTC that was not kept in time, starts")
    people = questions.add_parser("users", help="who may do what, and who may not any more")
    missing = questions.add_parser("missing", help="what is missing by the records' own account; what proves the rest")
    for question in (lot, shift, defect):
        question.add_argument("--csv", type=Path, metavar="FILE", help="write the list of these parts")
    for question in (defect, changed, challenges, bypassed, clock):
        add_period(question)
    for question, function in (
        (serial, _serial),
        (lot, _lot),
        (shift, _shift),
        (defect, _defect),
        (changed, _changes),
        (challenges, _challenges),
        (bypassed, _bypasses),
        (clock, _clock),
        (people, _users),
        (missing, _missing),
    ):
        question.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory, or a copy")
        add_json(question)
        question.set_defaults(run=run, ask=function, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Answer; see `EPILOG`."""
    output = Output(as_json=arguments.json)
    with AuditReader(arguments.station) as reader:
        return int(arguments.ask(reader, arguments, output))


def _serial(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    found = [everything_about(reader, part) for part in reader.by_serial(arguments.serial)]
    output.document({"serial": arguments.serial, "parts": as_document(found)})
    for dossier in found:
        say.dossier(dossier, output)
    if not found:
        output.say(f"No part with serial {arguments.serial} was recorded.")
    return 0 if found else 1


def _lot(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    audits = audit_lot(reader, arguments.lot)
    if not audits:
        output.say(f"No shift of lot {arguments.lot} was opened.")
    held = holds_on(reader, arguments.lot)
    code = _audits(reader, {"lot": arguments.lot, "holds": as_document(held)}, audits, arguments, output)
    say.holds(held, output)
    return code


def _shift(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    audit = audit_shift(reader, arguments.shift)
    if audit is None:
        output.say(f"There is no shift {arguments.shift}.")
    return _audits(reader, {"shift": arguments.shift}, [] if audit is None else [audit], arguments, output)


def _audits(
    reader: AuditReader,
    asked: dict[str, object],
    audits: list[ShiftAudit],
    arguments: argparse.Namespace,
    output: Output,
) -> int:
    if output.as_json:
        refused = {audit.summary.shift: list(rejects(reader, audit)) for audit in audits}
        shifts = [{**as_object(audit), "rejects": as_document(refused[audit.summary.shift])} for audit in audits]
        output.document({**asked, "shifts": shifts})
    for audit in audits:
        say.shift(audit, output)
        say.rejects(rejects(reader, audit), sum(one.parts for one in audit.parts), SHOWN_REJECTS, output)
    if arguments.csv is not None:
        write_list(arguments.csv, _rows(reader, audits), output)
    if any(audit.seal_agrees is False for audit in audits):
        return 2
    return 0 if audits else 1


def as_object(value: object) -> dict[str, object]:
    """A dataclass as a JSON object."""
    found = as_document(value)
    return found if isinstance(found, dict) else {"value": found}


def _rows(reader: AuditReader, audits: Iterable[ShiftAudit]) -> Iterator[PartRow]:
    return (row for row, _ in chain.from_iterable(rejects(reader, audit) for audit in audits))


def _defect(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    defect, period = arguments.defect, {"from_s": arguments.from_s, "to_s": arguments.to_s}
    days = trend(reader, defect, **period)
    output.document({"class": defect, "classes": reader.classes(), "days": [_with_rate(day) for day in days]})
    say.defect_days(defect, days, reader.classes(), output)
    if arguments.csv is not None:
        expected = sum(day.found for day in days)
        write_list(arguments.csv, parts_with(reader, defect, **period), output, expected=expected)
    return 0 if any(day.found for day in days) else 1


def _with_rate(day: Any) -> dict[str, object]:
    return {**as_object(day), "failed_ppm": day.failed_ppm}


def _changes(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    found = [change for change in changes(reader) if _within(change.t_us, arguments)]
    listed = [one for one in recorded_changes(reader) if _within(one.t_us, arguments)]
    output.document({"changes": as_document(found), "recorded": as_document(listed)})
    say.changed(found, output)
    say.recorded_changes(listed, output)
    return 0 if found or listed else 1


def _users(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    found = users(reader)
    output.document({"users": as_document(found)})
    say.users(found, output)
    return 0 if found else 1


def _challenges(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    listed = audited_challenges(reader, failed_only=arguments.failed)
    found = [one for one in listed if _within(time_of(one.challenge.start), arguments)]
    output.document({"challenges": as_document(found)})
    say.challenges(found, arguments.station, output)
    return 0 if found else 1


def _bypasses(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    found = [one for one in bypasses(reader) if _within(time_of(one.start), arguments)]
    output.document({"bypasses": as_document(found)})
    say.bypassed(found, output)
    return 0 if found else 1


def _clock(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    found = [event for event in clock_events(reader) if _within(event.t_us, arguments)]
    output.document({"clock": as_document(found)})
    say.clock(found, output)
    return 0 if found else 1


def _missing(reader: AuditReader, arguments: argparse.Namespace, output: Output) -> int:
    found = not_there(reader)
    output.document({"missing": as_document(found)})
    say.missing(found, arguments.station, output)
    return 0


def _within(t_us: int, arguments: argparse.Namespace) -> bool:
    return bool(arguments.from_s <= t_us // 1_000_000 <= min(arguments.to_s, LAST))
