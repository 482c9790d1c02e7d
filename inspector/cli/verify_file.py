# SPDX-License-Identifier: AGPL-3.0-or-later
"""`inspector verify FILE`: a proof of a part or a lot, against keys that the reader knows from elsewhere."""

from __future__ import annotations

import argparse
import re
import unicodedata
from pathlib import Path

from inspector.errors import ConfigError, FormatInvalid
from inspector.evidence.keys import parse_public_key
from inspector.evidence.note import NoteKey, parse_vkey
from inspector.evidence.verify.proof import LIMIT, ProofPolicy, verify_proof
from inspector.evidence.verify.report import VerificationReport

NOT_FOR_PROOFS = (
    "policy",
    "ledger",
    "checkpoint",
    "bypass_authority",
    "root",
    "certificate",
    "revocation",
    "no_images",
    "evm_node",
    "evm_ca_file",
    "evm_token_file",
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


def verify_proof_file(arguments: argparse.Namespace) -> VerificationReport:
    """Check a proof.

    Raises:
        ConfigError: The file cannot be read, or a key that was given is none.
    """
    for name in NOT_FOR_PROOFS:
        if getattr(arguments, name):
            raise ConfigError(
                f"--{name.replace('_', '-')} is not for a proof", "Give --key, --log-key, --serial or --lot"
            )
    data = _read(arguments.file)
    policy = ProofPolicy(
        station_key=None if arguments.key is None else _station_key(arguments.key),
        log_key=None if arguments.log_key is None else _log_key(arguments.log_key),
        serial=_composed(arguments.serial),
        lot=_composed(arguments.lot),
    )
    return verify_proof(data, policy).report


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
