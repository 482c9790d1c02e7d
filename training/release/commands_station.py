# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release activate | rollback | list`: what a station judges by."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in
from inspector.config import load_config
from inspector.release.folder import read_release
from inspector.release.signatures import check_signatures
from inspector.station.release_list import list_releases
from inspector.station.releases import NAME_DIGITS, authorities, place

EXIT_CODES = """exit codes:
  0  done, or it was so before
  1  refused for now: a shift is open, or not your role; or no station answers
  2  wrong usage
  3  what cannot be used: the release is damaged, not signed by two people whom the station trusts, or of another
     product; its model or recipe does not fit the station; nothing to roll back; settings or keys cannot be read"""


def add_station_actions(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add what concerns a station to `inspector release`."""
    activate_ = actions.add_parser("activate", help="let a release judge at a station, while no shift is open")
    activate_.add_argument("release", type=Path, metavar="RELEASE", help="folder of the release, signed by two people")
    back = actions.add_parser("rollback", help="go back to what judged before the release that judges now")
    back.add_argument("--product", default="", metavar="NAME", help="refuse if another product is in force")
    back.add_argument("--why", required=True, metavar="TEXT", help="the reason, for the record")
    listed = actions.add_parser("list", help="which release judges, who signed it, and what a rollback goes to")
    for action, function in ((activate_, _activate), (back, _roll_back), (listed, _list)):
        action.epilog, action.formatter_class = EXIT_CODES, argparse.RawDescriptionHelpFormatter
        action.add_argument("--station", type=Path, required=True, metavar="DIR", help="station directory")
        if action is not listed:
            add_person(action)
        add_json(action)
        action.set_defaults(run=function)


def place_checked(station: Path, release: Path) -> str:
    """Copy a release into a station directory, if two people have signed it whom the station trusts.

    The station need not run; a damaged copy of the same release is set aside.

    Args:
        station: Station directory.
        release: Folder of the release.

    Returns:
        The digest of the release, hex.

    Raises:
        ReleaseRefused: It is damaged, or not signed by two people whom the station trusts.
        ConfigError: The settings of the station cannot be read, or its directory cannot be written.
    """
    found = read_release(release)
    check_signatures(found, authorities(station, load_config(station)))
    place(station, found)
    return found.digest


def activate(control: StationControl, station: Path, release: Path, operator: str) -> dict[str, Any]:
    """Let a release judge at a running station.

    Args:
        control: The connection, signed in where the station has users.
        station: Station directory.
        release: Folder of the release; it is copied.
        operator: Staff id of who does it.

    Returns:
        `seq`: the record that puts it in force, None if it was in force before; `changed`; `recipe`: what judges now.

    Raises:
        InspectorError: As `place_checked`, or as the station refuses: then what judged goes on.
    """
    digest = place_checked(station, release)
    return control.request("release-activate", digest=digest, operator=operator)


def _activate(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    digest = place_checked(arguments.station, arguments.release)
    output.say(f"Release {digest[:NAME_DIGITS]} lies among those of the station.")
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        result = activate(control, arguments.station, arguments.release, arguments.operator)
    output.document(result)
    say_in_force(output, result)
    return 0


def _roll_back(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    with StationControl(arguments.station) as control, signed_in(control, arguments):
        given = {"product": arguments.product, "why": arguments.why, "operator": arguments.operator}
        result = control.request("release-rollback", **given)
    output.document(result)
    say_in_force(output, result)
    return 0


def say_in_force(output: Output, result: dict[str, Any]) -> None:
    """Tell people what judges, from the answer of a station."""
    recipe = result["recipe"]
    model, digest = recipe["model"], recipe["release"]
    of = "the files of the settings" if digest is None else f"release {digest[:NAME_DIGITS]}"
    words = f"{recipe['product']} is judged by {of}: model {model['name']} {model['version']}, recipe {recipe['name']}"
    if result["changed"]:
        output.say(f"{words}, version {recipe['version']} (record {result['seq']}).")
    else:
        output.say(f"{words}, version {recipe['version']}; so it was before.")


def _list(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    found = list_releases(arguments.station, load_config(arguments.station))
    output.document(found)
    for product in found["products"]:
        mark = " (in force)" if product["product"] == found["in_force"] else ""
        output.say(f"{product['product']}{mark}", style="bold")
        for line in _lines(product):
            output.say(f"  {line}")
        rows = [
            (one["record"], one["time"], one["what"], (one["release"] or "settings")[:NAME_DIGITS], one["by"] or "")
            for one in product["history"]
        ]
        if rows:
            output.table("", ("record", "time", "what", "judged by", "who"), rows)
    if found["unused"]:
        output.say(f"Folders in releases/ that no record names: {', '.join(found['unused'])}")
    if not found["authorities"]:
        output.say("The station takes no release: release.authority of its settings names nobody.")
    return 0


def _lines(product: dict[str, Any]) -> Iterator[str]:
    release, settings, back = product["release"], product["settings"], product["rollback"]
    if release is None:
        yield "judged by the files of the settings"
    else:
        yield f"judged by {_words(release)}"
        yield f"proposed by {_person(release['proposer'])}; approved by {_person(release['approver'])}"
        yield "the files of the settings do not judge: the release does, until it is rolled back"
        yield from _problem(release)
    if release is None:
        yield from _problem(settings)
    if back is not None:
        words = "the files of the settings" if back["release"] is None else _words(back["release"])
        yield f"a rollback goes to {words}"
        yield from _problem(back["release"] or settings)


def _words(release: dict[str, Any]) -> str:
    words = f"release {release['digest'][:NAME_DIGITS]}"
    if release["model"] is None:
        return words
    model, recipe = release["model"], release["recipe"]
    return f"{words}: model {model['name']} {model['version']}, recipe {recipe['name']} {recipe['version']}"


def _person(person: dict[str, Any]) -> str:
    name = person["name"] or f"who has the key {person['key'][:NAME_DIGITS]}"
    return name if person["trusted"] else f"{name} (whose key the settings do not name any more)"


def _problem(of: dict[str, Any]) -> Iterator[str]:
    if of["problem"] is not None:
        yield f"PROBLEM: {of['problem']['message']}"
        yield f"what to do: {of['problem']['advice']}"
