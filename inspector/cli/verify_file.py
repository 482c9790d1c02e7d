# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector verify FILE`: a proof of a part or a lot, against keys that the reader knows from elsewhere."""

from __future__ import annotations

import argparse
import hashlib
import re
import unicodedata
from collections.abc import Sequence
from pathlib import Path

from inspector.errors import ConfigError, FormatInvalid
from inspector.evidence.keys import key_fingerprint, parse_public_key
from inspector.evidence.note import NoteKey, parse_vkey
from inspector.evidence.verify.contracts import ContractNode
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.proof import LIMIT, ProofPolicy, verify_proof
from inspector.evidence.verify.report import VerificationReport

NOT_FOR_PROOFS = (
    "ledger",
    "checkpoint",
    "bypass_authority",
    "no_images",
)
"""Options that say nothing about a proof: whoever gives one must not believe that it was looked at."""

_LONGEST_END = 65_535 + 22
_FINGERPRINT = re.compile("[0-9a-f]{64}")


def is_bundle(path: Path) -> bool:
    """Whether a file is to be read as a bundle: it begins or ends like a zip, or is called one.

    A file that cannot be read is for whoever reads it next to tell.
    """
    if not path.is_file():  # a pipe would keep us waiting
        return path.suffix == ".zip"
    try:
        with path.open("rb") as stream:
            head = stream.read(2)
            stream.seek(max(stream.seek(0, 2) - _LONGEST_END, 0))
            return head == b"PK" or path.suffix == ".zip" or b"PK\x05\x06" in stream.read(_LONGEST_END)
    except OSError:
        return path.suffix == ".zip"


def verify_proof_file(
    arguments: argparse.Namespace,
    told: Policy,
    statements: Sequence[tuple[str, bytes]],
    node: ContractNode | None,
) -> VerificationReport:
    """Check a proof.

    Args:
        arguments: The options.
        told: The policy file, with the plant root of the options.
        statements: Certificates and revocations of the options, each with the name of its file.
        node: A node of the reader's.

    Raises:
        ConfigError: The file cannot be read, a key that was given is none, or option and policy contradict each other.
    """
    for name in NOT_FOR_PROOFS:
        if getattr(arguments, name):
            raise ConfigError(
                f"--{name.replace('_', '-')} is not for a proof", "See `inspector verify --help` for those that are"
            )
    data = _read(arguments.file)
    station_key = None if arguments.key is None else _station_key(arguments.key)
    log_key = None if arguments.log_key is None else _log_key(arguments.log_key)
    if told.station_key is not None and station_key is not None:
        _check_same(station_key.hex() in (told.station_key.hex(), key_fingerprint(told.station_key)), "--key")
    if told.log_key is not None and log_key is not None:
        fingerprint = hashlib.sha256(told.log_key.vkey().encode("utf-8")).digest()
        _check_same(log_key in (told.log_key, fingerprint), "--log-key")
    named = [log.key for one in told.logs for log in one.logs]
    if isinstance(log_key, NoteKey):
        _check_same(all(key == log_key for key in named if key.name == log_key.name), "--log-key")
    policy = ProofPolicy(
        station_key=told.station_key or station_key,
        log_key=told.log_key or log_key,
        serial=_composed(arguments.serial),
        lot=_composed(arguments.lot),
        plant_root=told.plant_root,
        root_statements=(*told.named_statements(), *statements),
        policy=told,
        node=node,
    )
    return verify_proof(data, policy).report


def _check_same(same: bool, option: str) -> None:
    if not same:
        raise ConfigError(f"{option} and the policy name different keys", "Give one of them")


def _composed(text: str | None) -> str | None:
    """As records spell it: a terminal may send letters and accents apart."""
    return None if text is None else unicodedata.normalize("NFC", text)


def _read(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            data = stream.read(LIMIT + 1)
    except OSError as error:
        raise ConfigError(f"{path} cannot be read: {error.strerror}", "Give a proof, or --station DIR") from error
    if data.startswith(b"%PDF"):
        raise ConfigError(f"{path} is no proof", "Give the .proof.json that came with it")
    return data


def _text(given: str) -> str:
    path = Path(given)
    return path.read_text(encoding="utf-8") if path.is_file() else given


def _station_key(given: str) -> bytes:
    """The station's key or its fingerprint: both are 64 hex digits, and either says which key it is."""
    try:
        return parse_public_key(_text(given))
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        advice = "Give 64 hex digits (the key or its fingerprint) or a .pub file"
        raise ConfigError(f"--key {given} is not a public key: {error}", advice) from error


def _log_key(given: str) -> NoteKey | bytes:
    try:
        text = _text(given).strip()
        return bytes.fromhex(text) if _FINGERPRINT.fullmatch(text) else parse_vkey(text)
    except (OSError, UnicodeDecodeError, FormatInvalid) as error:
        advice = "Give it as in log.vkey, or the SHA-256 of that line"
        raise ConfigError(f"--log-key {given} is not a verifier key: {error}", advice) from error
