# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector line`: reset a stop, look at inputs and outputs, force one - on a running station."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.line_force import add_actions
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in

RESET_EXIT_CODES = """exit codes:
  0  the stop is reset; the record says by whom and why
  1  the line is not stopped by a rule, or no station answers
  2  wrong usage
  3  the records cannot be written; the line stays stopped"""


def add_parsers(subparsers: Any) -> None:
    """Add `line` with its actions."""
    parser = subparsers.add_parser("line", help="reset a stop of the line, look at its points, force an output")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    reset = actions.add_parser(
        "reset",
        help="let the line go on after one of the rules in [stops] has stopped it",
        epilog=RESET_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    reset.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    add_person(reset)
    reset.add_argument("--reason", required=True, help="what was found and done, for the record")
    add_json(reset)
    reset.set_defaults(run=_reset)
    add_actions(actions)


def _reset(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = control.request("reset-stop", operator=arguments.operator, reason=arguments.reason)
    output.document(result)
    output.say(f"The stop is reset (record {result['seq']}): {', '.join(result['cleared'])}.")
    return 0
