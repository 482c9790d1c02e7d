# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector bypass`: keygen and authorise on quality's machine; start, stop and status on a running station."""

from __future__ import annotations

import argparse
import secrets
import time
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in
from inspector.cli.person_key import add_key, add_new_key, make_key, open_key
from inspector.errors import ConfigError
from inspector.evidence.permit import MAX_DOCUMENT, Permit, Scope, sign_permit

EXIT_CODES = """exit codes:
  0  done
  1  the station refuses: no such permit, not now, not here, used before, no shift; or no station answers
  2  wrong usage
  3  a file or key cannot be used, or the records cannot be written"""


def add_parsers(subparsers: Any) -> None:
    """Add `bypass` with its actions."""
    parser = subparsers.add_parser(
        "bypass",
        help="let parts pass without a verdict for a limited time, signed by quality",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    _add_keygen(actions)
    _add_authorise(actions)
    start = actions.add_parser("start", help="begin a bypass in the open shift")
    start.add_argument("permit", type=Path, metavar="PERMIT", help="file that `inspector bypass authorise` wrote")
    stop = actions.add_parser("stop", help="end the bypass before its time")
    status = actions.add_parser("status", help="whether a bypass runs, how long and for how many parts")
    for action, function in ((start, _start), (stop, _stop), (status, _status)):
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        if action is not status:
            add_person(action)
        add_json(action)
        action.set_defaults(run=function)


def _add_keygen(actions: Any) -> None:
    keygen = actions.add_parser("keygen", help="make the key pair of somebody who may authorise a bypass")
    add_new_key(keygen)
    add_json(keygen)
    keygen.set_defaults(run=_keygen)


def _add_authorise(actions: Any) -> None:
    authorise = actions.add_parser("authorise", help="sign a permit; needs no station and no network")
    add_key(authorise)
    authorise.add_argument("--station", required=True, metavar="NAME", help="name of the station, not its directory")
    authorise.add_argument("--minutes", type=int, required=True, help="how long the permit holds: 1 to 480")
    authorise.add_argument("--parts", type=int, required=True, help="how many parts may pass at most")
    authorise.add_argument(
        "--scope",
        choices=[scope.value for scope in Scope],
        default=Scope.NO_VERDICT.value,
        help="no-verdict: only parts that nobody has judged (default); all: every part, also FAIL",
    )
    authorise.add_argument("--reason", required=True, help="why, for the record")
    authorise.add_argument("--by", required=True, help="who authorises; it stands in the permit")
    authorise.add_argument("-o", "--out", type=Path, required=True, metavar="PERMIT", help="new file of the permit")
    add_json(authorise)
    authorise.set_defaults(run=_authorise)


def _keygen(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    key, public = make_key(arguments)
    output.document({"key": str(arguments.key), "public": str(public), "public_key": key.public_key.hex()})
    output.say(f"Keep {arguments.key} and its passphrase away from the stations.")
    output.say(f"Copy {public} into the station's keys folder and name it in bypass.authority of station.toml.")
    return 0


def _authorise(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    now_us = time.time_ns() // 1_000_000_000 * 1_000_000
    permit = Permit(
        arguments.station,
        now_us,
        now_us + arguments.minutes * 60_000_000,
        Scope(arguments.scope),
        arguments.parts,
        secrets.token_hex(16),
        arguments.by.strip(),
        arguments.reason.strip(),
    )
    permit.text()  # refuse what cannot be written before anybody types a passphrase
    note = sign_permit(permit, open_key(arguments))
    try:
        with arguments.out.open("x", encoding="utf-8", newline="\n") as file:
            file.write(note)
    except OSError as error:
        raise ConfigError(f"{arguments.out} cannot be written: {error.strerror}", "Choose another file") from error
    output.document({"permit": str(arguments.out), "nonce": permit.nonce, "not_after_us": permit.not_after_us})
    output.say(note.split("\n\n")[0])
    output.say(f"Signed: {arguments.out}. It holds from now on, and starts one bypass.")
    return 0


def _start(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    try:
        permit = arguments.permit.read_bytes()[: MAX_DOCUMENT + 1].decode("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"the permit {arguments.permit} cannot be read: {error}", "Check the path") from error
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request("bypass-start", permit=permit, operator=arguments.operator)
        found = control.request("status").get("bypass")
    output.document(result)
    output.say(f"BYPASS (record {result['seq']}): up to {result['parts']} parts may pass, scope {result['scope']}.")
    if found:
        output.say(_words(found))
    return 0


def _stop(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request("bypass-stop", operator=arguments.operator)
    output.document(result)
    output.say(f"The bypass is over; it covered {result['parts']} parts.")
    return 0


def _status(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control:
        found = control.request("status").get("bypass")
    output.document({"bypass": found})
    output.say(_words(found) if found else "No bypass runs.")
    return 0


def _words(found: dict[str, Any]) -> str:
    minutes = -(-int(found["remaining_s"]) // 60)
    return (
        f"BYPASS ends in {minutes} min or after {found['parts_left']} more parts; {found['let_through']} so far."
        f" By {found['by']}: {found['reason']}"
    )
