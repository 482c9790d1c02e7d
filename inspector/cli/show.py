# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector show`: records, parts by serial, shifts - straight from the store, also while the station runs."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.errors import ConfigError
from inspector.store.read import RecordReader, StoredRecord
from inspector.store.report import shift_report


def add_parsers(subparsers: Any) -> None:
    """Add `show`."""
    parser = subparsers.add_parser("show", help="show records, one part, or shifts")
    parser.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--record", type=int, metavar="SEQ", help="one record, whole")
    what.add_argument("--serial", metavar="TEXT", help="all records of parts with this serial")
    what.add_argument("--shift", type=int, metavar="N", help="verdicts and defects of one shift")
    what.add_argument("--shifts", action="store_true", help="all shifts with their seals")
    parser.add_argument("--last", type=int, default=20, metavar="N", help="how many records (default: 20)")
    parser.add_argument("--type", metavar="TYPE", help="only records of this type, for example part")
    add_json(parser)
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Show; 1 when nothing fits."""
    output = Output(as_json=arguments.json)
    if arguments.shift is not None:
        return _shift(arguments.station, arguments.shift, output)
    with RecordReader(arguments.station) as reader:
        if arguments.shifts:
            return _shifts(reader, output)
        if arguments.record is not None:
            return _record(reader, arguments.record, output)
        if arguments.serial is not None:
            return _records(reader.by_serial(arguments.serial), output)
        return _records(reversed(reader.latest(arguments.last, kind=arguments.type)), output)


def _record(reader: RecordReader, seq: int, output: Output) -> int:
    record = reader.record(seq)
    if record is None:
        raise ConfigError(f"there is no record {seq}", "`inspector show --station DIR` lists the last ones")
    output.document({"hash": record.hash, "record": record.fields})
    output.say(f"record {seq}, hash {record.hash}")
    output.say(json.dumps(record.fields, indent=2, ensure_ascii=False))
    return 0


def _records(records: Iterable[StoredRecord], output: Output) -> int:
    found = list(records)
    output.document({"records": [{"hash": record.hash, "record": record.fields} for record in found]})
    output.table(
        "Records",
        ("seq", "time (UTC)", "shift", "type", "what"),
        [
            (record.seq, _time(record.fields.get("t_us")), record.shift, record.kind, _gist(record.fields))
            for record in found
        ],
    )
    return 0 if found else 1


def _shift(station: Path, number: int, output: Output) -> int:
    report = shift_report(station, number)
    output.document(asdict(report))
    output.table(f"Shift {number}: parts by verdict", ("verdict", "parts"), report.verdicts.items())
    output.table(
        f"Shift {number}: findings on failed parts",
        ("defect", "parts", "best score"),
        [(d.defect, d.parts, f"{d.best_score_ppm / 1e6:.2f}") for d in report.defects],
    )
    return 0 if report.verdicts else 1


def _shifts(reader: RecordReader, output: Output) -> int:
    shifts = reader.shifts()
    output.document(
        {
            "shifts": [
                {
                    "shift": s.shift,
                    "first": s.first,
                    "count": s.count,
                    "seal": s.seal,
                    "signed": s.signed,
                    "anchored": s.anchored,
                }
                for s in shifts
            ]
        }
    )
    output.table(
        "Shifts",
        ("shift", "first record", "records", "seal", "signed", "anchored"),
        [(s.shift, s.first, s.count, (s.seal or "open")[:16], _yes(s.signed), _yes(s.anchored)) for s in shifts],
    )
    return 0


def _yes(value: bool) -> str:
    return "yes" if value else "no"


def _time(t_us: object) -> str:
    if not isinstance(t_us, int):
        return "?"
    return datetime.fromtimestamp(t_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S.%f")[:-3]


def _gist(fields: dict[str, object]) -> str:
    """The few words that tell records of one type apart."""
    kind = fields.get("type")
    if kind == "part":
        serial = fields.get("serial")
        text = serial.get("text", "") if isinstance(serial, dict) else ""
        return f"{fields.get('verdict')} {text} {fields.get('reason')}"
    if kind == "outcome":
        return f"{fields.get('commanded')} -> {fields.get('confirmed')} {fields.get('reason')}"
    names = ("lot", "state", "why", "scope", "parts", "reason", "count", "meaning", "index", "size", "reasons")
    return " ".join(str(fields[name]) for name in names if name in fields)
