# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector change`: say before a change who makes it and why; list who did what."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, read_secret, signed_in
from inspector.station.people import ANNOUNCED_KINDS
from inspector.store.read import RecordReader

WHO = ("person", "signer", "user", "by")
EXIT_CODES = """exit codes:
  0  done
  1  refused: nobody is named, or not your role; or no station answers
  2  wrong usage
  3  the records cannot be read or written"""


def add_parsers(subparsers: Any) -> None:
    """Add `change` with its actions."""
    parser = subparsers.add_parser(
        "change", help="announce and approve changes of settings, recipe or model; list who did what"
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    announce = actions.add_parser("announce", help="say who is going to change what, and why, before the restart")
    announce.add_argument("--what", required=True, choices=ANNOUNCED_KINDS, help="what is going to be changed")
    announce.add_argument("--why", required=True, help="the reason, for the record")
    add_person(announce)
    approve = actions.add_parser("approve", help="quality: see what was changed, and approve it with your password")
    add_person(approve)
    listed = actions.add_parser("list", help="log-ins, signatures, changes and alarms with the people behind them")
    listed.add_argument("--last", type=int, default=50, metavar="N", help="how many records (default: 50)")
    for action, function in ((announce, _announce), (approve, _approve), (listed, _list)):
        action.epilog, action.formatter_class = EXIT_CODES, argparse.RawDescriptionHelpFormatter
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        add_json(action)
        action.set_defaults(run=function)


def _announce(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request("announce", operator=arguments.operator, what=arguments.what, why=arguments.why)
    output.document(result)
    output.say(f"Recorded ({result['seq']}). Make the change now; the next start of the station names you with it.")
    return 0


def _approve(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        shown = control.request("change-statement")
        output.say("You approve this, word for word:", style="bold")
        output.say(shown["text"])
        output.say(f"SHA-256 {shown['statement']}")
        secret = read_secret(arguments.password_file, f"Password of {arguments.operator}, to sign")
        result = control.request("change-approve", statement=shown["statement"], secret=secret)
    output.document(result)
    count = int(result["changes"])
    output.say(f"{'1 change is' if count == 1 else f'{count} changes are'} approved (record {result['seq']}).")
    return 0


def _list(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with RecordReader(arguments.station) as reader:
        found = [(one, _people(reader, one.fields)) for one in reversed(reader.of_people(arguments.last))]
    output.document({"records": [{"record": one.fields, "people": people} for one, people in found]})
    rows = [
        (one.seq, _time(one.fields["t_us"]), one.kind, ", ".join(people.values()), _words(one.fields))
        for one, people in found
    ]
    output.table("Who did what", ("record", "UTC", "type", "who", "what"), rows)
    return 0


def _people(reader: RecordReader, fields: Mapping[str, object]) -> dict[str, str]:
    """Staff ids behind the commitments of a record; those that were erased lead to nobody."""
    named = {name: fields[name] for name in WHO if isinstance(fields.get(name), str)}
    return {name: reader.staff_id(str(commitment)) or "(erased)" for name, commitment in named.items()}


def _time(t_us: object) -> str:
    return datetime.fromtimestamp(int(str(t_us)) / 1e6, UTC).strftime("%Y-%m-%d %H:%M:%S")


def _words(fields: Mapping[str, object]) -> str:
    """The record in one line."""
    shown = (
        "result",
        "method",
        "role",
        "meaning",
        "action",
        "what",
        "about",
        "name",
        "old",
        "new",
        "code",
        "answer",
        "cause",
    )
    return "; ".join(
        f"{name} {str(fields[name])[:60]}" for name in (*shown, "reason", "why") if fields.get(name) is not None
    )
