# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector recipe`: the released recipes of a running station, and changing over to one of them."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in
from inspector.errors import NotFound

EXIT_CODES = """exit codes:
  0  done
  1  refused: a shift is open, quality has not approved it, not your role; or no station answers
  2  wrong usage
  3  recipe, model or release do not load; what was in force stays so"""


def add_parsers(subparsers: Any) -> None:
    """Add `recipe` with its actions."""
    parser = subparsers.add_parser("recipe", help="list the released recipes, and change over to another one")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    listed = actions.add_parser("list", help="the released recipes, and which one is in force")
    listed.add_argument("--code", default="", help="mark those that this order or product code means")
    change = actions.add_parser("change", help="change over to another recipe, while no shift is open")
    change.add_argument("--to", required=True, metavar="PRODUCT", help="its name in the settings, or the recipe's name")
    change.add_argument("--code", default="", help="the order or product code, for the record")
    change.add_argument("--looked", action="store_true", help="say that the product at the station is this one")
    add_person(change)
    for action, function in ((listed, _list), (change, _change)):
        action.epilog, action.formatter_class = EXIT_CODES, argparse.RawDescriptionHelpFormatter
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        add_json(action)
        action.set_defaults(run=function)


def change_over(control: StationControl, to: str, **arguments: object) -> dict[str, Any]:
    """Ask a station to change over.

    Args:
        control: The connection, signed in.
        to: Name of the product in the settings, or of its recipe.
        arguments: What else the command has.

    Raises:
        NotFound: No recipe, or more than one, has this name.
        InspectorError: As the station refuses.
    """
    known = control.request("recipe-list")["recipes"]
    found = [one for one in known if one["product"] == to] or [one for one in known if one["name"] == to]
    if len(found) != 1:
        names = ", ".join(one["product"] for one in known)
        raise NotFound(f"{len(found)} released recipes have the name {to!r}", f"Use one of: {names}")
    (one,) = found
    return control.request("recipe-change", product=one["product"], digest=one["digest"] or "", **arguments)


def _list(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control:
        found = control.request("recipe-list", code=arguments.code)
    output.document(found)
    rows = [
        (
            one["product"],
            one["name"],
            one["version"],
            one["number"] or "",
            (one["digest"] or "")[:12],
            "" if one["model"] is None else f"{one['model']['name']} {one['model']['version']}",
            _state(one, bool(arguments.code)),
        )
        for one in found["recipes"]
    ]
    output.table("Released recipes", ("product", "recipe", "version", "number", "SHA-256", "model", "state"), rows)
    return 0


def _state(one: dict[str, Any], asked: bool) -> str:
    words = ["in force"] if one["in_force"] else []
    if one["release"] is not None:
        words.append(f"release {one['release'][:16]}")
    if one["blocked"] is not None:
        words.append(f"blocked: {one['blocked']['message']}")
    if asked and one["meant"]:
        words.append("meant by the code")
    return ", ".join(words)


def _change(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = change_over(
            control, arguments.to, code=arguments.code, looked=arguments.looked, operator=arguments.operator
        )
    output.document(result)
    recipe = result["recipe"]
    words = f"Recipe {recipe['name']}, version {recipe['version']}"
    if result["changed"]:
        output.say(f"{words} is in force (record {result['seq']}). Open a shift with `inspector shift open`.")
    else:
        output.say(f"{words} was in force already.")
    return 0
