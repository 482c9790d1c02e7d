# SPDX-License-Identifier: AGPL-3.0-or-later
"""Builds the parser, runs the chosen command, turns errors into one line and an exit code."""

from __future__ import annotations

import argparse
import importlib
import sys
from collections.abc import Sequence
from importlib.metadata import entry_points, version

from inspector.cli.output import Output
from inspector.cli.watched import end_with_standard_input
from inspector.errors import ChannelError, InspectorError, Reaction
from inspector.priority import step_behind

EXIT_CODES = """exit codes:
  0  done; with `verify`: valid
  1  could not be done, or could not be checked
  2  wrong usage; with `verify`: tampering
  3  settings, devices or files are wrong; the message says what to do
  130  interrupted"""

OWN_COMMANDS = (
    "init",
    "run",
    "shift",
    "line",
    "bypass",
    "retention",
    "hold",
    "backup",
    "key",
    "opcua",
    "openapi",
    "verify",
    "show",
    "export",
    "recall",
    "audit",
    "replay",
    "challenge",
    "user",
    "change",
    "recipe",
    "settings",
    "doctor",
    "demo",
    "simulate",
)


def build_parser(command: str | None = None) -> argparse.ArgumentParser:
    """The whole command line, with the subcommands of every installed package.

    Args:
        command: With the name of a command of our own, or of a package's entry that is named after its only command,
            just this one: the modules of all of them take a second to load.
    """
    packages = sorted(entry_points(group="inspector.commands"), key=lambda entry: entry.name)
    own = [name for name in OWN_COMMANDS if name == command]
    theirs = [entry for entry in packages if entry.name == command]
    alone = bool(own or theirs)
    parser = argparse.ArgumentParser(
        prog="inspector",
        description="Visual inspection station: judge every part, keep records nobody can quietly change.",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"inspector {version('inspector-station')}")
    subparsers = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    for name in own if alone else OWN_COMMANDS:
        importlib.import_module(f"inspector.cli.{name}").add_parsers(subparsers)
    for entry in theirs if alone else packages:
        entry.load()(subparsers)
    return parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command.

    Returns:
        The exit code, see `EXIT_CODES`.
    """
    given = sys.argv[1:] if arguments is None else arguments
    parsed = build_parser(given[0] if given else None).parse_args(given)
    output = Output(as_json=getattr(parsed, "json", False))
    if arguments is None and getattr(parsed, "behind_the_line", False):  # a process of its own
        step_behind()
    if arguments is None and getattr(parsed, "watched", False):
        end_with_standard_input()
    try:
        return int(parsed.run(parsed))
    except InspectorError as error:
        output.error(error)
        return exit_code(error)
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # the reader of our output has gone; nobody is left to tell
        return 1


def exit_code(error: InspectorError) -> int:
    """1 for a command that does not fit now (no shift, no station, wrong passphrase), 3 for what has to be mended."""
    fleeting = error.reaction is Reaction.WARN or isinstance(error, ChannelError)
    return 1 if fleeting else 3
