# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release show | approve`: what a release is, in words to decide by, and the second signature."""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path

from inspector.cli.control import StationControl
from inspector.cli.output import Output, add_json
from inspector.cli.person import add_person, signed_in
from inspector.cli.person_key import add_key, open_key
from inspector.config import load_config
from inspector.errors import ConfigError, FormatInvalid, ReleaseRefused
from inspector.evidence.keys import read_public_key
from inspector.evidence.release_note import Approval
from inspector.release.document import ReleaseDocument
from inspector.release.folder import read_release
from inspector.station.releases import authorities
from training.release.against import find_released
from training.release.commands_station import activate, say_in_force
from training.release.examine import examine
from training.release.sign import approve
from training.release.signatures import read_signed
from training.release.words import as_json, sentences, tell

EXIT_CODES = """exit codes:
  0  whole, and as far as keys were named signed by them; approved, and with --station in force there
  1  the passphrase is wrong; or the station does not take it now, or none answers: it is approved all the same
  2  wrong usage
  3  the release is damaged, signed by nobody or a stranger, or approved by who may not; a key cannot be used"""


def add_show(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `show`."""
    parser = _action(actions, "show", "check a release and tell what it is")
    _add_station(parser, "also trust the keys of this station, and compare with what is in force there")
    parser.set_defaults(run=_run_show)


def add_approve(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `approve`."""
    parser = _action(actions, "approve", "sign the approval of a release that somebody else proposed")
    add_key(parser)
    parser.add_argument("--by", required=True, metavar="NAME", help="who approves it: neither proposer nor trainer")
    parser.add_argument("--why", required=True, metavar="TEXT", help="why, for the record")
    _add_station(parser, "also trust the keys of this station, and let the release judge there at once")
    add_person(parser, needed=False)
    parser.set_defaults(run=_run_approve, refuse=parser.error)


def _add_station(parser: argparse.ArgumentParser, said: str) -> None:
    parser.add_argument("--station", type=Path, metavar="DIR", help=said)


def _action(
    actions: argparse._SubParsersAction[argparse.ArgumentParser], name: str, said: str
) -> argparse.ArgumentParser:
    parser = actions.add_parser(
        name,
        help=said,
        description=said[0].upper() + said[1:] + ".",
        epilog=EXIT_CODES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("release", type=Path, metavar="RELEASE", help="folder of the release")
    parser.add_argument(
        "--authority",
        type=Path,
        action="append",
        default=[],
        metavar="KEY.pub",
        help="public key of somebody who may propose or approve; several times",
    )
    add_json(parser)
    return parser


def _run_show(args: argparse.Namespace) -> int:
    output = Output(as_json=args.json)
    examined = examine(read_release(args.release))
    signed = read_signed(examined.release, _keys(args))
    told = sentences(examined, signed)
    if args.station is not None:
        told.append(_at_station(args.station, examined.release.document))
    tell(output, examined, signed, told)
    output.document(as_json(examined, signed, told))
    return 0


def _at_station(station: Path, document: ReleaseDocument) -> str:
    """Whether a station runs what the release was held against, in words."""
    there = find_released(str(station), document.product)
    judging = there.package.digest, there.recipe.digest
    if judging == (document.model.digest, document.recipe.digest):
        return f"This model and recipe judge at {station} now."
    replaced = document.replaces
    if replaced is not None and judging == (replaced.model, replaced.recipe):
        return f"What it was held against judges at {station} now."
    return f"At {station} something else judges than what it was held against: {there.told}."


def _run_approve(args: argparse.Namespace) -> int:
    if args.station is not None and not args.operator.strip():
        args.refuse("--station needs --operator: who lets it judge there")
    output = Output(as_json=args.json)
    examined = examine(read_release(args.release))
    release = examined.release
    if release.approval is not None:
        raise ReleaseRefused(f"{release.path} is approved already", "Look at it with `inspector release show`")
    if release.proposal is None:
        raise ReleaseRefused(f"{release.path} is not proposed by anybody", "Use `inspector release propose`")
    signed = read_signed(release, _keys(args))
    t_us = time.time_ns() // 1_000_000_000 * 1_000_000
    digest = hashlib.sha256(release.proposal).hexdigest()
    approval = Approval(digest, release.digest, args.by.strip(), t_us, args.why.strip())
    statement = _statement(approval)
    tell(output, examined, signed, sentences(examined, signed))
    output.say("You sign:", style="bold")
    output.say(statement)
    approved = approve(release, signed, approval, open_key(args))
    output.say(f"{approved.path}: approved by {approval.by}.", style="bold")
    said: dict[str, object] = {"release": str(approved.path), "digest": approved.digest, "approved_by": approval.by}
    if args.station is not None:
        with StationControl(args.station) as control, signed_in(control, args):
            said["activated"] = result = activate(control, args.station, approved.path, args.operator)
        say_in_force(output, result)
    output.document(said)
    return 0


def _statement(approval: Approval) -> str:
    try:
        return approval.text()
    except FormatInvalid as error:
        raise ConfigError(error.message, "Check --by and --why: one line each") from error


def _keys(args: argparse.Namespace) -> list[bytes]:
    keys = [read_public_key(path) for path in args.authority]
    if args.station is None:
        return keys
    trusted = authorities(args.station, load_config(args.station))
    if not trusted:
        raise ConfigError(f"{args.station} trusts nobody to release anything", "Name public keys in release.authority")
    return [*keys, *trusted]
