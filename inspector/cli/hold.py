# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector hold`: legal holds, which win over every retention rule."""

from __future__ import annotations

import argparse
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in
from inspector.errors import ConfigError
from inspector.store.read import RecordReader
from inspector.store.retention import Hold, holds_in_force

EXIT_CODES = """exit codes:
  0  done
  1  the station refuses: nothing is covered, the name is taken, no such hold; or no station answers
  2  wrong usage
  3  the records cannot be read or written"""


def add_parsers(subparsers: Any) -> None:
    """Add `hold` with its actions."""
    parser = subparsers.add_parser(
        "hold",
        help="legal holds: keep the images of some parts, whatever the rules say",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    add = actions.add_parser("add", help="begin a hold; parts must fit everything that is given")
    add.add_argument("name", help="name of the hold, for example the number of the complaint")
    add.add_argument("--lot", help="parts of shifts with this lot")
    add.add_argument("--serial", help="parts with this serial")
    add.add_argument("--from", dest="from_us", type=_moment, metavar="TIME", help="recorded then or later (UTC)")
    add.add_argument("--to", dest="to_us", type=_moment, metavar="TIME", help="recorded then or earlier (UTC)")
    add.add_argument("--defect", metavar="CLASS", help="parts on which this defect class was found")
    end = actions.add_parser("end", help="end a hold")
    end.add_argument("name", help="name of the hold")
    shown = actions.add_parser("list", help="the holds in force")
    for action, function in ((add, _add), (end, _end), (shown, _list)):
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        if action is not shown:
            add_person(action)
            action.add_argument("--reason", required=True, help="why, for the record")
        add_json(action)
        action.set_defaults(run=function)


def _add(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    scope = {name: getattr(arguments, name) for name in ("lot", "serial", "from_us", "to_us", "defect")}
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request(
            "hold", name=arguments.name, scope=scope, operator=arguments.operator, reason=arguments.reason
        )
    output.document(result)
    output.say(f"Hold {arguments.name!r} is in force (record {result['seq']}): no image that it covers is erased.")
    return 0


def _end(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request("hold-end", name=arguments.name, operator=arguments.operator, reason=arguments.reason)
    output.document(result)
    output.say(f"Hold {arguments.name!r} has ended (record {result['seq']}).")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with RecordReader(arguments.station) as reader:
        holds = holds_in_force(reader)
        people = {hold.record: reader.staff_id(hold.by) or "erased" for hold in holds}
    output.document(
        {
            "holds": [
                {
                    "name": hold.name,
                    "record": hold.seq,
                    "t_us": hold.t_us,
                    "by": people[hold.record],
                    "reason": hold.reason,
                    "scope": _scope(hold),
                }
                for hold in holds
            ]
        }
    )
    output.table(
        "Legal holds in force",
        ("name", "record", "since (UTC)", "by", "covers", "reason"),
        [(hold.name, hold.seq, _time(hold.t_us), people[hold.record], words_of(hold), hold.reason) for hold in holds],
    )
    if not holds:
        output.say("No legal hold is in force.")
    return 0


def words_of(hold: Hold) -> str:
    """What a hold covers, for people."""
    scope = hold.scope
    words = [f"{name} {value}" for name, value in (("lot", scope.lot), ("serial", scope.serial)) if value is not None]
    words += [f"{name} {_time(t_us)}" for name, t_us in (("from", scope.from_us), ("to", scope.to_us)) if t_us]
    return ", ".join([*words, f"defect {scope.defect}"] if scope.defect is not None else words)


def _scope(hold: Hold) -> dict[str, object]:
    scope = hold.scope
    return {
        "lot": scope.lot,
        "serial": scope.serial,
        "from_us": scope.from_us,
        "to_us": scope.to_us,
        "defect": scope.defect,
    }


def _time(t_us: int) -> str:
    return datetime.fromtimestamp(t_us / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _moment(text: str) -> int:
    """UTC microseconds of an ISO 8601 date or time; one without a zone is UTC."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"{text!r} is no time such as 2026-11-21 or 2026-11-21T06:00Z") from None
    aware = moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)
    t_us = round(aware.timestamp() * 1e6)
    if t_us < 0:
        raise ConfigError(f"{text} is before 1970", "Correct it")
    return t_us
