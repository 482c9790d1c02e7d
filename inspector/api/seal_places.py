# SPDX-License-Identifier: AGPL-3.0-or-later
"""Where a seal is, by the receipts in the records: which ledgers hold it, and which witnesses have cosigned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from inspector.api.shift_schema import SealPlace, SealWords
from inspector.config import LedgerSettings, SharedLogSettings, load_config
from inspector.errors import ConfigError, EvidenceError
from inspector.evidence.log_policy import parse_log_policy
from inspector.evidence.proof import parse_proof
from inspector.store.read import StoredRecord


def seal_words(station: Path, seal: str, *, signed: bool, receipts: Sequence[StoredRecord]) -> SealWords:
    """How a closed shift is secured.

    Args:
        station: Station directory.
        seal: Hash of its seal, 64 hex digits.
        signed: Whether it is signed.
        receipts: Records of what ledgers gave for it.
    """
    proofs = {_origin(record): str(record.fields["proof"]) for record in receipts}
    told = SealWords(seal=seal, signed=signed, ledgers=tuple(sorted(proofs)))
    try:
        settings = load_config(station).ledger
    except ConfigError:
        return told  # the file is being changed: who holds it is known, and who should, is not
    places = tuple(_place(station, origin, settings, proofs) for origin in settings.origins)
    held = sum(place.holds and place.counts for place in places)
    return told.model_copy(update={"places": places, "needed": settings.needed, "anchored": held >= settings.needed})


def _place(station: Path, origin: str, settings: LedgerSettings, proofs: Mapping[str, str]) -> SealPlace:
    place = SealPlace(name=origin, holds=origin in proofs, counts=origin in settings.counting)
    file = _policies(settings).get(origin, "")
    if not file:
        return place
    names, enough = _witnesses(station / file, proofs.get(origin, ""))
    return place.model_copy(update={"witnesses": names, "witnessed": enough})


def _policies(settings: LedgerSettings) -> dict[str, str]:
    """Ledger -> file with the policy of its witnesses, where it has any."""
    shared = {one.origin: one.witnesses for one in settings.shared if isinstance(one, SharedLogSettings)}
    return {**shared, **({settings.origin: settings.witnesses} if settings.kind == "directory" else {})}


def _witnesses(policy_file: Path, proof: str) -> tuple[tuple[str, ...], bool]:
    """Who has cosigned, and whether they are enough; nobody where that cannot be said."""
    if not proof:
        return (), False
    try:
        policy = parse_log_policy(policy_file.read_bytes())
        names = policy.cosigned(parse_proof(proof).checkpoint.encode())
    except (OSError, EvidenceError):
        return (), False  # the anchor says that the policy is gone, and a verifier that a cosignature is bad
    return tuple(sorted(names)), policy.is_met(names)


def _origin(record: StoredRecord) -> str:
    named = record.fields["ledger"]
    return str(named["origin"]) if isinstance(named, dict) else ""
