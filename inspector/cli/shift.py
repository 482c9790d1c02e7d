# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector shift`: status, open, close, take over, unlock - on a running station."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.passphrase import read_passphrase
from inspector.cli.person import add_person, read_secret, signed_in
from inspector.cli.recipe import change_over
from inspector.errors import ConfigError, LoginRefused


def add_parsers(subparsers: Any) -> None:
    """Add `shift` with its actions."""
    parser = subparsers.add_parser("shift", help="open and close shifts, see the state, unlock the signing key")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    status = actions.add_parser("status", help="state of the station, with reasons")
    opened = actions.add_parser("open", help="open a shift")
    opened.add_argument("--lot", required=True, help="lot or order number")
    add_person(opened)
    opened.add_argument("--customer", default="", help="whose parts they are; their images may be kept for longer")
    opened.add_argument(
        "--recipe",
        default="",
        metavar="PRODUCT",
        help="change over to this released recipe first",
    )
    closed = actions.add_parser("close", help="close the shift: drain, reconcile, sign, seal")
    add_person(closed)
    closed.add_argument("--note", default="", help="for whoever comes next; explains counts that differ")
    closed.add_argument(
        "--removed-by-hand", type=int, default=0, metavar="N", help="parts that people took off the belt (default: 0)"
    )
    taken = actions.add_parser("take-over", help="sign that you take over the shift that was closed last")
    add_person(taken)
    unlock = actions.add_parser("unlock", help="unlock the signing key at the prompt")
    for action, function in (
        (status, _status),
        (opened, _open),
        (closed, _close),
        (taken, _take_over),
        (unlock, _unlock),
    ):
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        add_json(action)
        action.set_defaults(run=function)


def _status(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control:
        status = control.request("status")
    output.document(status)
    simulated = " (SIMULATED)" if status["simulated"] else ""
    output.say(f"{status['station']}{simulated}: {status['state']}, {'READY' if status['ready'] else 'NOT READY'}")
    if bypass := status.get("bypass"):
        minutes = -(-int(bypass["remaining_s"]) // 60)
        output.say(f"  BYPASS: {minutes} min left, {bypass['parts_left']} more parts: {bypass['reason']}", style="bold")
    for reason in status["reasons"]:
        output.say(f"  {reason['message']} - {reason['advice']}")
    for warning in status["warnings"]:
        output.say(f"  warning: {warning['message']} - {warning['advice']}")
    output.table("Parts of this shift", ("verdict", "parts"), sorted(status["counts"].items()))
    return 0


def _open(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        told = {"lot": arguments.lot, "operator": arguments.operator, "customer": arguments.customer}
        if arguments.recipe:
            changed = change_over(control, arguments.recipe, code=arguments.lot, operator=arguments.operator)
            told["recipe"] = changed["recipe"]["digest"]
        result = control.request("shift-open", **told)
    output.document(result)
    output.say(f"Shift {result['shift']} is open.")
    return 0


def _close(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    told = {"note": arguments.note, "removed_by_hand": arguments.removed_by_hand}
    with StationControl(arguments.station) as control, signed_in(control, arguments) as secret:
        if secret:
            result = _sign(control, arguments, told, output)
        else:
            result = control.request("shift-close", operator=arguments.operator, **told)
    output.document(result)
    output.say(f"Shift {result['shift']} is closed: {result['parts']} parts, {result['sealed']}.")
    say_counts(result["reconciliation"]["independent"], output)
    return 0


def _sign(
    control: StationControl, arguments: argparse.Namespace, told: dict[str, Any], output: Output
) -> dict[str, Any]:
    """Show what is to be signed, ask for the password once more, sign; who does not type it does not sign."""
    shown = control.request("shift-statement", **told)
    show_statement(shown, output)
    try:
        secret = read_secret(arguments.password_file, f"Password of {arguments.operator}, to sign")
        return control.request("shift-close", statement=shown["statement"], secret=secret)
    except (KeyboardInterrupt, ConfigError, LoginRefused):
        control.request("shift-resume")
        raise


def _take_over(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments) as secret:
        if secret:
            shown = control.request("take-over-statement")
            show_statement(shown, output)
            secret = read_secret(arguments.password_file, f"Password of {arguments.operator}, to sign")
            result = control.request("take-over", statement=shown["statement"], secret=secret)
        else:
            result = control.request("take-over", operator=arguments.operator)
    output.document(result)
    output.say(f"Shift {result['shift']} is taken over (record {result['seq']}).")
    return 0


def show_statement(shown: dict[str, Any], output: Output) -> None:
    """What is to be signed, and its hash."""
    output.say("You sign this, word for word:", style="bold")
    output.say(shown["text"])
    output.say(f"SHA-256 {shown['statement']}")


def say_counts(independent: dict[str, Any], output: Output) -> None:
    """What the counters beside the records say."""
    rows = [
        (
            counter["name"],
            "not known" if None in (counter["start"], counter["end"]) else counter["end"] - counter["start"],
            counter["source"] + (" (simulated)" if counter["simulated"] else ""),
        )
        for counter in independent["counters"]
    ]
    rows.append(("removed by hand", independent["removed_by_hand"], "typed at the close"))
    output.table("Counted beside the records", ("counter", "parts", "source"), rows)
    for difference in independent["differences"]:
        output.say(f"difference, explained by the note: {difference['words']}")
    established = ", ".join(independent["established_by"])
    output.say(
        f"Completeness independently established by: {established}"
        if established
        else "Completeness not independently established."
    )


def _unlock(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    passphrase = read_passphrase(None, "the signing key")
    with StationControl(arguments.station) as control:
        result = control.request("unlock", passphrase=passphrase)
    output.document(result)
    output.say("Signing key unlocked.")
    return 0
