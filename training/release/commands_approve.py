# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector release show | approve`: what a release is, in words to decide by, and the second signature."""

from __future__ import annotations

import argparse
import hashlib
import time
from pathlib import Path

from inspector.cli.output import Output, add_json
from inspector.cli.person_key import add_key, open_key
from inspector.errors import ConfigError, FormatInvalid, ReleaseRefused
from inspector.evidence.keys import read_public_key
from inspector.evidence.release_note import Approval
from inspector.release.folder import read_release
from training.release.examine import examine
from training.release.sign import approve
from training.release.signatures import read_signed
from training.release.words import as_json, tell

EXIT_CODES = """exit codes:
  0  whole, and as far as keys were named signed by them
  1  refused
  2  wrong usage
  3  the release is damaged, signed by nobody or a stranger, or approved by who may not; a key cannot be used"""


def add_show(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `show`."""
    parser = _action(actions, "show", "check a release and tell what it is")
    parser.set_defaults(run=_run_show)


def add_approve(actions: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `approve`."""
    parser = _action(actions, "approve", "sign the approval of a release that somebody else proposed")
    add_key(parser)
    parser.add_argument("--by", required=True, metavar="NAME", help="who approves it: neither proposer nor trainer")
    parser.add_argument("--why", required=True, metavar="TEXT", help="why, for the record")
    parser.set_defaults(run=_run_approve)


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
    tell(output, examined, signed)
    output.document(as_json(examined, signed))
    return 0


def _run_approve(args: argparse.Namespace) -> int:
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
    tell(output, examined, signed)
    output.say("You sign:", style="bold")
    output.say(statement)
    approved = approve(release, signed, approval, open_key(args))
    output.say(f"{approved.path}: approved by {approval.by}.", style="bold")
    output.document({"release": str(approved.path), "digest": approved.digest, "approved_by": approval.by})
    return 0


def _statement(approval: Approval) -> str:
    try:
        return approval.text()
    except FormatInvalid as error:
        raise ConfigError(error.message, "Check --by and --why: one line each") from error


def _keys(args: argparse.Namespace) -> list[bytes]:
    return [read_public_key(path) for path in args.authority]
