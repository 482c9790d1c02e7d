# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector line points` and `inspector line force`: inputs and outputs of a running station, for engineers."""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in

POINTS_EXIT_CODES = """exit codes:
  0  the points are told
  1  no station answers, or its line process does not
  2  wrong usage"""
FORCE_EXIT_CODES = """exit codes:
  0  the output was forced and is let go of; the records say by whom, what and why
  1  refused: a shift is open, or manual mode is somebody else's; or no station answers
  2  wrong usage
  3  the line refuses: nobody forces this output, the belt does not stand; or the records cannot be written"""
KEEP_S = 0.5


def add_actions(actions: Any) -> None:
    """Add both to the actions of `line`."""
    points = actions.add_parser(
        "points",
        help="every input and output with raw value, edges and times",
        epilog=POINTS_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    points.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    add_json(points)
    points.set_defaults(run=_points)
    force = actions.add_parser(
        "force",
        help="force one output for a while, in manual mode; it ends with this program, however that ends",
        epilog=FORCE_EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    force.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
    add_person(force)
    force.add_argument("--output", required=True, metavar="NAME", help="name of the point, see `line points`")
    force.add_argument("--off", action="store_true", help="force it off instead of on")
    force.add_argument("--seconds", type=float, default=1.0, metavar="S", help="for how long (default: 1)")
    force.add_argument("--reason", required=True, help="what for, for the record")
    add_json(force)
    force.set_defaults(run=_force)


def _points(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control:
        found = control.request("io-points")
    output.document(found)
    header = ("signal", "direction", "raw", "on", "edges", "forceable", "address")
    output.table(
        f"{found['backend']}, {len(found['points'])} signals",
        header,
        [[_cell(point, name) for name in header] for point in found["points"]],
    )
    return 0


def _cell(point: dict[str, Any], column: str) -> object:
    value = point["name" if column == "signal" else column]
    return "-" if value is None else value


def _force(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    for_ms = round(arguments.seconds * 1000)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        who = {"operator": arguments.operator}
        control.request("manual-begin", reason=arguments.reason, **who)
        try:
            wanted = {"output": arguments.output, "on": not arguments.off, "for_ms": for_ms}
            forced = control.request("manual-force", **wanted, **who)
            until_s = time.monotonic() + arguments.seconds
            while (left_s := until_s - time.monotonic()) > 0:
                time.sleep(min(KEEP_S, left_s))
                control.request("manual-keep", **who)
        finally:
            control.request("manual-end", **who)
    output.document(forced)
    level = "on" if forced["on"] else "off"
    output.say(f"{forced['output']} was forced {level} for {for_ms} ms (record {forced['seq']}); manual mode is over.")
    return 0
