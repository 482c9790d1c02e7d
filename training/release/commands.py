# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release`: everything from the keys of the people to what a station is allowed to run."""

from __future__ import annotations

import argparse

from inspector.cli.output import Output, add_json
from inspector.cli.person_key import add_new_key, make_key
from training.release.commands_approve import add_approve, add_show
from training.release.commands_propose import add_propose, add_rules
from training.release.commands_station import add_station_actions

EXIT_CODES = """exit codes:
  0  done
  1  refused: the message says why
  2  wrong usage
  3  a file or key cannot be used; the message says what to do"""


def add_parser(
    subparsers: argparse._SubParsersAction[argparse.ArgumentParser],
) -> argparse._SubParsersAction[argparse.ArgumentParser]:
    """Add `release`; returns its actions, so that others can add theirs."""
    parser = subparsers.add_parser(
        "release",
        help="propose, approve and activate a model with its recipe",
        description="Release a model with its recipe (docs/qa-engineer.md, Release a model).",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    keygen = actions.add_parser("keygen", help="make the key pair of somebody who may propose or approve a release")
    add_new_key(keygen)
    add_json(keygen)
    keygen.set_defaults(run=_keygen)
    add_rules(actions)
    add_propose(actions)
    add_show(actions)
    add_approve(actions)
    add_station_actions(actions)
    return actions


def _keygen(arguments: argparse.Namespace) -> int:
    output = Output(as_json=arguments.json)
    key, public = make_key(arguments)
    output.document({"key": str(arguments.key), "public": str(public), "public_key": key.public_key.hex()})
    output.say(f"Keep {arguments.key} and its passphrase to yourself, and away from the stations.")
    output.say(f"Copy {public} into the station's keys folder and name it in release.authority of station.toml.")
    return 0
