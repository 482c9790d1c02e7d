# SPDX-License-Identifier: Apache-2.0
"""Attacks on the time stamps of seals, for an auditor who knows one authority."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from datetime import timedelta

from cryptography.x509.oid import ExtendedKeyUsageOID

from tests.assets.attacks.bundle import Pieces
from tests.assets.attacks.history import Changes, History, Json, Signed, sha
from tests.assets.attacks.table import POLICY, attack
from tests.assets.attacks.tokens import BORN, DEAD, Authority, Flaws
from tests.assets.attacks.tokens import POLICY as OID

TSA = Authority()
KNOWS: Json = {**POLICY, "tsa_roots": [TSA.root_pem], "tsa_policies": [OID], "stamped_within_s": 3600}
"""The auditor knows the authority, and looks at what is there."""
ASKS: Json = {**KNOWS, "require": ["rfc3161"]}
"""The same, and each seal must be stamped."""
SECOND_US = 1_000_000


def line(seal: Signed, token: bytes, index: int = 0) -> Json:
    """The line of `receipts.txt` of a token."""
    ledger = {"kind": "rfc3161", "origin": "example.com/tsa"}
    proof = base64.b64encode(token).decode()
    return {"seal": sha(seal.data), "ledger": ledger, "index": index, "proof": proof}


def stamp_of(seal: Signed, tsa: Authority = TSA, after_s: int = 2, flaws: Flaws | None = None) -> bytes:
    """A token over a seal, so many seconds after its own time."""
    t_us = json.loads(seal.data)["t_us"] + after_s * SECOND_US
    return tsa.stamp(hashlib.sha256(seal.data + seal.signature).digest(), t_us, flaws)


def stamped(second: Callable[[Pieces], Json | None] | None = None, pieces: Pieces | None = None) -> Pieces:
    """The bundle with a time stamp of each seal; that of the second may be another one, or none."""
    pieces = pieces or Pieces.of(History().tell())
    lines = [line(seal, stamp_of(seal)) for seal in pieces.seals]
    if second is not None:
        lines[1:] = [other] if (other := second(pieces)) is not None else []
    pieces.receipts = sorted(lines, key=lambda fields: str(fields["seal"]))
    return pieces


def by(tsa: Authority) -> bytes:
    """The second seal is stamped by another authority."""
    return stamped(lambda pieces: line(pieces.seals[1], stamp_of(pieces.seals[1], tsa))).zip()


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS, in_one_file=False)
def stamp_stripped() -> bytes:
    """The time stamp of a seal is left out, and the auditor requires it."""
    return stamped(lambda pieces: None).zip()


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_of_another_seal() -> bytes:
    """The time stamp of the first seal is told to be that of the second."""
    return stamped(lambda pieces: line(pieces.seals[1], stamp_of(pieces.seals[0]))).zip()


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_with_another_time() -> bytes:
    """The year in a time stamp was changed."""
    return stamped(
        lambda pieces: line(pieces.seals[1], stamp_of(pieces.seals[1]).replace(b"20260921", b"20250921"))
    ).zip()


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_with_a_changed_signature() -> bytes:
    """The last bit of a time stamp's signature was changed."""

    def changed(pieces: Pieces) -> Json:
        token = stamp_of(pieces.seals[1])
        return line(pieces.seals[1], token[:-1] + bytes([token[-1] ^ 1]))

    return stamped(changed).zip()


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_at_an_index() -> bytes:
    """A time stamp says that it is an entry of a log."""
    return stamped(lambda pieces: line(pieces.seals[1], stamp_of(pieces.seals[1]), index=1)).zip()


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS, in_one_file=False)
def stamp_by_another_authority() -> bytes:
    """The seal is stamped by an authority that the auditor does not know, such as one of the plant's own."""
    return by(Authority("plant"))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS, in_one_file=False)
def stamp_by_an_authority_of_the_same_name() -> bytes:
    """All names in the certificates are those of the authority that the auditor knows; the keys are others."""

    return by(Authority("thief", named="tsa"))


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_by_an_expired_certificate() -> bytes:
    """The authority's certificate had expired when it stamped."""
    return by(Authority(dead=BORN + timedelta(days=1)))


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_by_a_certificate_not_valid_yet() -> bytes:
    """The authority's certificate was not valid yet when it stamped."""
    return by(Authority(born=DEAD - timedelta(days=1)))


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_by_a_certificate_for_other_things() -> bytes:
    """The certificate is by the authority that the auditor knows, and for signing programs."""
    return by(Authority(usage=(ExtendedKeyUsageOID.CODE_SIGNING,)))


@attack("LEDGER-07", policy=KNOWS, in_one_file=False)
def stamp_by_a_certificate_without_a_use() -> bytes:
    """The certificate is by the authority that the auditor knows, and does not say that it is for time stamps."""
    return by(Authority(usage=()))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy={**ASKS, "tsa_policies": [OID, "1.2.3"]}, in_one_file=False)
def stamp_of_another_policy() -> bytes:
    """The authority stamped under a policy that the auditor does not accept, such as one for tests."""
    return stamped(lambda pieces: line(pieces.seals[1], stamp_of(pieces.seals[1], flaws=Flaws(policy="1.2.4")))).zip()


def dated(by_us: int, after_s: int) -> bytes:
    """The second seal says another time, and is stamped so many seconds after that."""

    def change(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            fields["t_us"] += by_us

    pieces = Pieces.of(History(Changes(document=change)).tell())
    return stamped(lambda pieces: line(pieces.seals[1], stamp_of(pieces.seals[1], after_s=after_s)), pieces).zip()


@attack("LEDGER-08", "seal of shift 2", exit_code=1, policy=ASKS, in_one_file=False)
def seal_backdated_and_stamped_late() -> bytes:
    """A seal was made again two hours later under its old time: the time stamp is later than the auditor allows."""
    return dated(0, 7200)


@attack("LEDGER-08", "seal of shift 2", exit_code=1, policy=ASKS, in_one_file=False)
def seal_prepared_in_advance() -> bytes:
    """A seal says a time that was still to come when it was stamped."""
    return dated(600 * SECOND_US, -598)
