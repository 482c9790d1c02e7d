# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector settings`: what the station works with, what each setting means, and one value changed between shifts."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from inspector.api.settings_document import settings_document
from inspector.api.settings_schema import SettingInfo
from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in

EXIT_CODES = """exit codes:
  0  done
  1  refused: not your role, a shift is open, no such setting or value; or no station answers
  2  wrong usage
  3  the records cannot be read or written"""
HIDDEN = "(not shown)"


def add_parsers(subparsers: Any) -> None:
    """Add `settings` with its actions."""
    parser = subparsers.add_parser("settings", help="settings in force, and one of them changed between shifts")
    actions = parser.add_subparsers(metavar="ACTION", required=True)
    show = actions.add_parser("show", help="every setting with value, unit, default, and what waits for a restart")
    show.add_argument("name", nargs="?", default="", help="only settings whose path begins so, for example stops")
    show.add_argument("--changed", action="store_true", help="only those that differ from their default, or wait")
    change = actions.add_parser("set", help="admin: change one setting; it holds from the next start on")
    change.add_argument("name", help="its path, for example stops.rejects_in_row")
    change.add_argument("value", help="its new value")
    change.add_argument("--why", required=True, help="the reason, for the record")
    add_person(change)
    for action, function in ((show, _show), (change, _set)):
        action.epilog, action.formatter_class = EXIT_CODES, argparse.RawDescriptionHelpFormatter
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        add_json(action)
        action.set_defaults(run=function)


def _show(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    found = settings_document(arguments.station, names=True)
    listed = [
        one
        for one in found.settings
        if one.name.startswith(arguments.name) and (one.differs or one.waits or not arguments.changed)
    ]
    kept = found.model_copy(update={"settings": tuple(listed)})
    output.document(kept.model_dump(mode="json"))
    rows = [(one.name, _shown(one), one.unit, _default(one), one.meaning) for one in listed]
    output.table("Settings", ("setting", "value", "unit", "default", "meaning"), rows)
    if found.trouble:
        output.say(f"The file cannot be read: {found.trouble}")
    elif found.waiting:
        output.say(f"{found.waiting} of all settings wait for a restart of the station.")
    return 0


def _set(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        told = {"name": arguments.name, "value": arguments.value, "why": arguments.why}
        result = control.request("setting-set", operator=arguments.operator, **told)
    output.document(result)
    output.say(f"{result['name']}: {result['old']} -> {result['new']} (record {result['seq']}).")
    output.say("It holds from the next start of the station on. Then quality approves it: `inspector change approve`.")
    return 0


def _shown(one: SettingInfo) -> str:
    if one.hidden:
        return HIDDEN
    value = json.dumps(one.value, ensure_ascii=False)
    return f"{value}, from the next start {json.dumps(one.in_file, ensure_ascii=False)}" if one.waits else value


def _default(one: SettingInfo) -> str:
    if one.hidden:
        return ""
    return "required" if one.required else json.dumps(one.default, ensure_ascii=False)
