# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector verify`: check the history of a station, or a file that was exported from one, without trusting it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from inspector.cli.output import Output, add_json
from inspector.cli.verify_file import is_bundle, verify_proof_file
from inspector.cli.verify_node import add_node, asked_node
from inspector.cli.watched import add_watched
from inspector.errors import ConfigError, FormatInvalid
from inspector.evidence.keys import parse_public_key
from inspector.evidence.note import NoteKey, parse_vkey
from inspector.evidence.root import MAX_DOCUMENT
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.contracts import ContractNode
from inspector.evidence.verify.policy import LONGEST_POLICY, Policy, parse_policy
from inspector.evidence.verify.report import VerificationReport
from inspector.evidence.verify.station import verify_station

SHOWN_FINDINGS = 20
CHECKED = ("records", "parts", "outcomes", "gaps", "images", "seals", "heads", "receipts", "log entries")
"""What people ask for first; the rest follows by name."""


def add_parsers(subparsers: Any) -> None:
    """Add `verify`."""
    parser = subparsers.add_parser("verify", help="check a station directory, a bundle, or a proof of a part or a lot")
    what = parser.add_mutually_exclusive_group(required=True)
    what.add_argument("--station", type=Path, metavar="DIR", help="station directory, or a copy of it")
    what.add_argument("file", type=Path, nargs="?", metavar="FILE", help="bundle, or proof of a part or a lot")
    parser.add_argument("--key", metavar="HEX_OR_FILE", help="public key of the station that you know from elsewhere")
    parser.add_argument(
        "--log-key", metavar="LINE_OR_FILE", help="key of the ledger's log that you know from elsewhere"
    )
    parser.add_argument(
        "--policy",
        type=Path,
        metavar="FILE",
        help="what you know and ask for (docs/auditor.md)",
    )
    parser.add_argument("--serial", metavar="TEXT", help="of a proof: serial of the part that you hold")
    parser.add_argument("--lot", metavar="TEXT", help="of a proof: lot that you ask about")
    parser.add_argument("--ledger", type=Path, metavar="DIR", help="folder of the log, if it is not DIR/ledger")
    parser.add_argument("--checkpoint", type=Path, metavar="FILE", help="checkpoint of the log that you kept")
    parser.add_argument(
        "--bypass-authority",
        action="append",
        default=[],
        metavar="HEX_OR_FILE",
        help="public key that may sign permits of a bypass, as you know it from elsewhere; may be given again",
    )
    parser.add_argument("--root", metavar="HEX_OR_FILE", help="public key of the plant root, known from elsewhere")
    for option, what in (
        ("--certificate", "certificate of the station's key"),
        ("--revocation", "revocation of a key"),
    ):
        parser.add_argument(
            option,
            action="append",
            default=[],
            type=Path,
            metavar="FILE",
            help=f"{what} by the plant root; may be given again",
        )
    add_node(parser)
    parser.add_argument("--no-images", action="store_true", help="do not read the image files")
    add_json(parser)
    add_watched(parser)
    parser.set_defaults(run=run, behind_the_line=True)


def run(arguments: argparse.Namespace) -> int:
    """Verify; 0 valid, 1 could not check, 2 tampering."""
    output = Output(as_json=arguments.json, watched=arguments.watched)
    if arguments.file is not None and not is_bundle(arguments.file):
        report = _verify_proof(arguments)
    else:
        report = _verify_history(arguments, output)
    output.document(report.as_dict())
    say_report(report, output)
    return report.exit_code


def _verify_proof(arguments: argparse.Namespace) -> VerificationReport:
    told = _with_root(_read_policy(arguments.policy), arguments)
    with asked_node(arguments, told.evm) as node:
        return verify_proof_file(arguments, told, _root_statements(arguments), node)


def _root_statements(arguments: argparse.Namespace) -> list[tuple[str, bytes]]:
    return [(str(path), _statement(path)) for path in (*arguments.certificate, *arguments.revocation)]


def _with_root(policy: Policy, arguments: argparse.Namespace) -> Policy:
    """The policy with the plant root of the options."""
    root = None if arguments.root is None else public_key(arguments.root, "--root")
    if root is not None and policy.plant_root not in (None, root):
        raise ConfigError(f"--root and {arguments.policy} name different keys", "Give one of them")
    return replace(policy, plant_root=root or policy.plant_root)


def _verify_history(arguments: argparse.Namespace, output: Output) -> VerificationReport:
    if arguments.serial is not None or arguments.lot is not None:
        raise ConfigError("--serial and --lot belong to a proof", "Give the proof: `inspector verify FILE`")
    if arguments.file is not None and arguments.ledger is not None:
        raise ConfigError("--ledger belongs to a station directory", "A bundle brings its receipts along")
    policy = _policy(arguments)
    options: dict[str, Any] = {
        "known_checkpoint": _checkpoint(arguments.checkpoint),
        "check_images": not arguments.no_images,
        "root_statements": _root_statements(arguments),
        "policy": policy,
    }
    with asked_node(arguments, policy.evm) as node:
        if arguments.file is None:
            return verify_with_progress(arguments.station, output, ledger=arguments.ledger, node=node, **options)
        with output.stages("Verify") as show:
            return verify_bundle(arguments.file, progress=show, node=node, **options)


def _policy(arguments: argparse.Namespace) -> Policy:
    """The policy file, with what the options say beside it; they may not contradict each other."""
    policy = _with_root(_read_policy(arguments.policy), arguments)
    told = Policy(
        station_key=_expected_key(arguments.key),
        log_key=_unnamed(_log_key(arguments.log_key), policy),
        bypass_authorities=tuple(public_key(text, "--bypass-authority") for text in arguments.bypass_authority),
    )
    for name, option in (("station_key", "--key"), ("log_key", "--log-key")):
        given, known = getattr(told, name), getattr(policy, name)
        if given is not None and known not in (None, given):
            raise ConfigError(f"{option} and {arguments.policy} name different keys", "Give one of them")
    return replace(
        policy,
        station_key=told.station_key or policy.station_key,
        log_key=told.log_key or policy.log_key,
        bypass_authorities=(*policy.bypass_authorities, *told.bypass_authorities),
    )


def _unnamed(log_key: NoteKey | None, policy: Policy) -> NoteKey | None:
    """The key of `--log-key`, unless the policy names its log already, with its witnesses."""
    for known in (log.key for one in policy.logs for log in one.logs):
        if log_key is not None and known.name == log_key.name:
            if known != log_key:
                raise ConfigError(f"--log-key and the policy name different keys of {known.name}", "Give one of them")
            return None
    return log_key


def _read_policy(path: Path | None) -> Policy:
    if path is None:
        return Policy()
    try:
        with path.open("rb") as stream:
            return parse_policy(stream.read(LONGEST_POLICY + 1))
    except OSError as error:
        raise ConfigError(f"--policy {path} cannot be read: {error.strerror}", "Give a file") from error
    except FormatInvalid as error:
        raise ConfigError(f"--policy {path}: {error.message}", "See docs/formats.md, section 12") from error


def verify_with_progress(
    station: Path,
    output: Output,
    *,
    ledger: Path | None = None,
    known_checkpoint: bytes | None = None,
    check_images: bool = True,
    root_statements: Sequence[tuple[str, bytes]] = (),
    policy: Policy | None = None,
    node: ContractNode | None = None,
) -> VerificationReport:
    """Verify a station directory with a progress bar."""
    with output.stages("Verify") as show:
        return verify_station(
            station,
            ledger=ledger,
            known_checkpoint=known_checkpoint,
            check_images=check_images,
            root_statements=root_statements,
            policy=policy,
            node=node,
            progress=show,
        )


def _expected_key(text: str | None) -> bytes | None:
    return None if text is None else public_key(text, "--key")


def public_key(text: str, option: str) -> bytes:
    """The raw key that an option gives as hex or as a file.

    Raises:
        ConfigError: It is none.
    """
    path = Path(text)
    try:
        return parse_public_key(path.read_text(encoding="ascii") if path.is_file() else text)
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        raise ConfigError(
            f"{option} {text} is not a public key: {error}", "Give 64 hex digits or a .pub file"
        ) from error


def _log_key(text: str | None) -> NoteKey | None:
    if text is None:
        return None
    path = Path(text)
    try:
        return parse_vkey(path.read_text(encoding="utf-8") if path.is_file() else text)
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        raise ConfigError(f"--log-key {text} is not a verifier key: {error}", "Give it as in log.vkey") from error


def _checkpoint(path: Path | None) -> bytes | None:
    if path is None:
        return None
    try:
        return path.read_bytes()
    except OSError as error:
        raise ConfigError(f"--checkpoint {path} cannot be read: {error}", "Give a file that you kept") from error


def _statement(path: Path) -> bytes:
    try:
        with path.open("rb") as file:
            return file.read(MAX_DOCUMENT + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Give a file that the root signed") from error


def say_report(report: VerificationReport, output: Output) -> None:
    """The answer in words: first what is wrong, then what was checked, then what was not."""
    for finding in report.findings[:SHOWN_FINDINGS]:
        output.say(str(finding), style="bold red" if finding.severity.value == "TAMPERED" else "yellow")
    if report.total > SHOWN_FINDINGS:
        output.say(f"... and {report.total - SHOWN_FINDINGS} more; --json lists them")
    answers = {0: ("VERIFIED", "bold green"), 1: ("COULD NOT CHECK", "bold yellow"), 2: ("TAMPERED", "bold red")}
    word, style = answers[report.exit_code]
    names = sorted(report.checked, key=lambda name: (CHECKED.index(name) if name in CHECKED else len(CHECKED), name))
    checked = ", ".join(f"{report.checked[name]} {name}" for name in names) or "nothing"
    output.say(f"{word}: {checked}", style=style)
    for sentence in report.statements:
        output.say(f"  {sentence}")
    for sentence in report.not_checked:
        output.say(f"  not checked: {sentence}")
