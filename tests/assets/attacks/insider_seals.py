# SPDX-License-Identifier: Apache-2.0
"""What whoever holds the station's key, or a former one, can do to seals, keys and receipts."""

from __future__ import annotations

import json
from typing import Any

from tests.assets.attacks.history import (
    NEW_KEY,
    ORIGIN,
    ROOT_KEY,
    STATION_KEY,
    THIEF_KEY,
    History,
    Json,
    root_statement,
    rotation,
    spell,
)
from tests.assets.attacks.table import POLICY, attack, changed, lying, lying_document


@attack("SEAL-02", "seal of shift 1")
def other_root() -> bytes:
    """The root in the seal is not that of the records."""
    return lying_document("seal", 1, root="c" * 64)


@attack("SEAL-03", "seal of shift 1")
def other_head() -> bytes:
    """The seal names another last record."""
    return lying_document("seal", 1, head="c" * 64)


@attack("SEAL-03")
def seal_over_fewer() -> bytes:
    """The head of the open shift says that it begins one record later."""
    return lying_document("head", 3, first=lambda old: old + 1)


@attack("SEAL-04")
def other_seal_before() -> bytes:
    """The second seal names another first seal: the middle was exchanged."""
    return lying_document("seal", 2, prev_seal="c" * 64)


@attack("SEAL-04")
def opened_on_another_history() -> bytes:
    """The second shift was opened on another first seal."""
    return lying("shift-open", 1, prev_seal="c" * 64)


@attack("SEAL-05", "seal of shift 1")
def seal_counts_fewer_rejects() -> bytes:
    """The seal counts one FAIL less than the records."""

    def change(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 1):
            counts = json.loads(json.dumps(fields["counts"]))
            counts["verdicts"]["FAIL"] -= 1
            fields["counts"] = counts

    return changed(document=change)


@attack("SEAL-05")
def close_counts_fewer_rejects() -> bytes:
    """The shift-close record counts one FAIL less, and the people sign that."""
    return lying("shift-close", 0, counts=lambda old: {**old, "verdicts": {**old["verdicts"], "FAIL": 0}})


@attack("SEAL-07")
def simulation_hidden() -> bytes:
    """The cameras were simulated, and the seal does not say so."""

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("shift-open", 0):
            fields["cameras"] = [{**fields["cameras"][0], "simulated": True}]

    return changed(record=change, document=lambda kind, shift, fields: fields.update(simulated=False))


@attack("TIME-03")
def shift_longer_than_it_was() -> bytes:
    """The seal says that the shift was opened earlier."""
    return lying_document("seal", 1, t_open_us=lambda old: old - 1)


@attack("SEAL-01", "seal of shift 2")
def signature_over_a_head() -> bytes:
    """The seal carries a signature that was made for a head over the same bytes."""

    def change(kind: str, shift: int, signature: bytes) -> bytes:
        return signature if (kind, shift) != ("seal", 2) else NEW_KEY.sign(b"inspector/head/v1\0" + made[-1])

    made: list[bytes] = []

    def document(kind: str, shift: int, fields: Json) -> None:
        made.append(spell(fields))

    return changed(document=document, signature=change)


@attack("KEY-01", "keys/station.pub")
def all_by_another_key() -> bytes:
    """The whole history was rewritten and sealed with a key of the forger's own; only the key file is the old one."""
    return changed(keys=(THIEF_KEY, NEW_KEY))


@attack("LEDGER-01")
def stolen_station_key() -> bytes:
    """A thief of the station's key rewrote the history; the log's receipts are still those of the old one."""
    honest = [json.loads(data)["proof"] for data in History().tell().records if json.loads(data)["type"] == "receipt"]

    def change(kind: str, number: int, fields: Json) -> None:
        if (kind, number) == ("part", 2):
            fields["reason"] = "FAIL, but only a little"

    return changed(record=change, proof=lambda number, proof: honest[number])


@attack("LEDGER-01")
def seal_made_again_later() -> bytes:
    """A seal was made again with an earlier time; the receipt is that of the first."""
    honest = [json.loads(data)["proof"] for data in History().tell().records if json.loads(data)["type"] == "receipt"]

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            fields["t_us"] -= 3_600_000_000

    return changed(document=document, proof=lambda number, proof: honest[number])


@attack("LEDGER-01")
def receipt_at_another_index() -> bytes:
    """A receipt says another index than its proof."""
    return lying("receipt", 1, index=lambda old: old + 1)


@attack("LEDGER-05")
def log_that_forked() -> bytes:
    """The log shows the station two histories: two roots of the same size."""

    def forked(history: History) -> None:
        history.record("receipt", **History(log=[b"another entry"]).prove(history.heads[0]))

    return changed(steps={"shift 2": forked})


@attack("LEDGER-05")
def checkpoint_of_another_log() -> bytes:
    """A shift was opened on a checkpoint that the log never had."""
    return lying("shift-open", 1, ledger_checkpoint={"origin": "example.com/plant-log", "size": 2, "root": "e" * 64})


@attack("KEY-02")
def rotation_not_signed_by_the_old_key() -> bytes:
    """A thief of nothing names a new key: the old one did not sign."""
    return changed(rotation=rotation(STATION_KEY, NEW_KEY, NEW_KEY, THIEF_KEY))


@attack("KEY-02")
def rotation_of_another_station() -> bytes:
    """The statement is that of another station."""
    return changed(rotation=rotation(STATION_KEY, NEW_KEY, station="line-5"))


@attack("KEY-03")
def rotation_in_an_open_shift() -> bytes:
    """The key was rotated while the shift was open."""
    return changed(
        steps={"before close": lambda history: history.rotate()},
        rotation=rotation(STATION_KEY, NEW_KEY, shift=1),
        keys=(STATION_KEY, NEW_KEY),
        skip=frozenset({("key-rotate", 1)}),
    )


@attack("KEY-03")
def old_key_brought_back() -> bytes:
    """After a second rotation the station signs with its first key again, which may be in other hands by now."""
    return changed(steps={"shift 3": lambda history: history.rotate(STATION_KEY)})


@attack("SEAL-01", "seal of shift 2")
def old_key_after_the_rotation() -> bytes:
    """A thief of the old key seals the shift after the rotation."""

    def document(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            made.append(fields)

    def signature(kind: str, shift: int, signature: bytes) -> bytes:
        if (kind, shift) != ("seal", 2):
            return signature
        return STATION_KEY.sign(b"inspector/seal/v1\0" + spell(made[-1]))

    made: list[Json] = []
    return changed(document=document, signature=signature)


def _revoked(below: int, **changes: Any) -> Json:
    told = root_statement(f"log {ORIGIN}", f"below {below}", "by Kim, QA", "reason stolen", **changes).decode()
    return {**POLICY, "plant_root": ROOT_KEY.public_key.hex(), "root_statements": [told]}


@attack("KEY-04", "seal of shift 1", policy=_revoked(1))
def seal_by_a_revoked_key() -> bytes:
    """The plant root has revoked the first key from entry 1 of the log on; the seal of shift 1 is that entry."""
    return changed()


@attack("KEY-04", exit_code=1, policy=_revoked(9))
def seal_by_a_revoked_key_without_a_receipt() -> bytes:
    """The log has never seen what a revoked key signed: nobody can say that it was there before."""
    return changed(skip=frozenset({("receipt", 0), ("receipt", 1), ("receipt", 2)}))


@attack("KEY-05")
def certificate_by_another_root() -> bytes:
    """A record names the plant root, and the certificate is signed by a thief."""
    forged = root_statement("by Kim, QA", title="certificate", root=THIEF_KEY)
    return changed(steps={"shift 2": lambda history: history.root_says(forged)})


@attack("KEY-05", exit_code=1, policy=_revoked(9, station="line-5"))
def revocation_for_another_station() -> bytes:
    """The auditor was given the revocation of another station's key."""
    return changed()


@attack(
    "KEY-06",
    exit_code=1,
    policy={name: value for name, value in _revoked(9).items() if name not in ("station_key", "root_statements")},
)
def key_that_the_root_never_certified() -> bytes:
    """The auditor knows the plant root only, and it says nothing of the key that signed all of this."""
    return changed()
