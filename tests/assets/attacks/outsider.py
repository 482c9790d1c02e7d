# SPDX-License-Identifier: Apache-2.0
"""What somebody without the keys can do to a bundle: change, leave out, exchange. The zip file itself is in order."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable

from inspector.evidence import merkle
from tests.assets.attacks.bundle import Pieces
from tests.assets.attacks.history import OTHER_LOG_KEY, STATION_KEY, THIEF_KEY, Changes, History, Json, Signed, sha
from tests.assets.attacks.table import POLICY, attack, honest

SEAL_2 = sha(honest().seals[1].data)


def at(pieces: Pieces, kind: str, number: int = 0) -> int:
    """Index of a record by its type."""
    found = [index for index, data in enumerate(pieces.records) if json.loads(data)["type"] == kind]
    return found[number]


def edited(index: int, change: Callable[[bytes], bytes]) -> bytes:
    """One record is different."""
    pieces = honest()
    pieces.records[index] = change(pieces.records[index])
    return pieces.zip()


def only(shift: int, changes: Changes | None = None, history: History | None = None) -> Pieces:
    """The bundle of one sealed shift, as somebody might get it."""
    return part_of(history or History(changes).tell(), shift, shift)


def part_of(history: History, first: int, last: int) -> Pieces:
    """The bundle of some shifts; more than one are those of lot L-2."""
    pieces = Pieces.of(history)
    kept = [data for data in pieces.records if first <= json.loads(data).get("shift", 0) <= last]
    begin, seals = json.loads(kept[0]), [seal for seal in pieces.seals if seal.shift >= first]
    before = {seal.shift: sha(seal.data) for seal in pieces.seals}
    scope = {"kind": "shift", "value": str(first)} if first == last else {"kind": "lot", "value": "L-2"}
    pieces.manifest |= {"scope": scope, "first": begin["seq"], "count": len(kept), "prev": begin["prev"]}
    pieces.manifest |= {"first_shift": first, "last_shift": last, "prev_seal": before.get(first - 1, "0" * 64)}
    named = b"\n".join(kept).decode("utf-8", "replace")
    rotations = {n: d for n, d in pieces.files.items() if d.startswith(b"inspector/key-rotation/v1")}
    files = {
        n: d
        for n, d in pieces.files.items()
        if n.startswith("keys/") or n.rpartition("/")[2].removesuffix(".png") in named
    } | rotations
    later = [json.loads(data) for data in pieces.records if json.loads(data).get("shift", 0) > last]
    receipts = [{k: r[k] for k in ("seal", "ledger", "index", "proof")} for r in later if r["type"] == "receipt"]
    here = {sha(seal.data) for seal in seals} | {name[10:] for name in rotations}
    receipts = sorted((r for r in receipts if r["seal"] in here), key=lambda r: str(r["seal"]))
    heads = [head for head in pieces.heads if first <= head.shift <= last]
    return Pieces(pieces.manifest, kept, seals, heads, receipts, files)


@attack("CHAIN-01", "record 12")
def edited_verdict() -> bytes:
    """A reject becomes a pass: the verdict in one record of a sealed shift."""
    return edited(11, lambda data: data.replace(b'"verdict":"FAIL","views"', b'"verdict":"PASS","views"'))


@attack("SEAL-03", "seal of shift 1")
def edited_last_record() -> bytes:
    """The last record of a bundle of one shift is edited: no record behind it would show that."""
    pieces = only(1)
    pieces.records[-1] = pieces.records[-1].replace(b'"note":""', b'"note":"all well"')
    return pieces.zip()


@attack("CHAIN-03", "record 14")
def record_left_out() -> bytes:
    """A record inside a sealed shift is left out, and the manifest says one less."""
    pieces = honest()
    del pieces.records[13]
    return pieces.recount().zip()


@attack("CHAIN-03", "record 14")
def record_twice() -> bytes:
    """A record stands there twice."""
    pieces = honest()
    pieces.records.insert(13, pieces.records[13])
    pieces.records[14:15] = [pieces.records[14]]
    return pieces.recount().zip()


@attack("CHAIN-03", "record 14")
def records_in_other_order() -> bytes:
    """Two records are exchanged."""
    pieces = honest()
    pieces.records[13], pieces.records[14] = pieces.records[14], pieces.records[13]
    return pieces.zip()


@attack("SEAL-03", "head of shift 3 at record 44")
def open_shift_cut_off() -> bytes:
    """The end of the open shift is cut off, into what a head has covered."""
    pieces = honest()
    pieces.records = pieces.records[:40]
    return pieces.recount().zip()


@attack("POLICY-02", policy={**POLICY, "latest": {"shift": 2, "seal": SEAL_2}})
def last_shifts_dropped() -> bytes:
    """The last shifts are gone with their seals, as if they had never been: the auditor knows of a later seal."""
    pieces = only(1)
    pieces.seals = pieces.seals[:1]
    here = {sha(seal.data) for seal in pieces.seals}
    pieces.receipts = [receipt for receipt in pieces.receipts if receipt["seal"] in here]
    return pieces.zip()


@attack("FORMAT-01", "record 12")
def spelled_otherwise() -> bytes:
    """A record says the same with its fields in another order."""
    return edited(11, lambda data: json.dumps(dict(reversed(json.loads(data).items())), separators=(",", ":")).encode())


@attack("IMAGE-01", "record 13")
def images_exchanged() -> bytes:
    """The pictures of a good and a bad part, of equal size, are exchanged."""
    pieces = honest()
    names = sorted(name for name in pieces.files if name.startswith("images/"))
    bad = f"images/{sha(b'pixels 3')[:2]}/{sha(b'pixels 3')}.png"
    other = next(name for name in names if name != bad)
    pieces.files[bad] = pieces.files[other]
    return pieces.zip()


@attack("IMAGE-02", "record 13")
def image_deleted() -> bytes:
    """The picture of a reject is gone, and no record says why."""
    pieces = honest()
    del pieces.files[f"images/{sha(b'pixels 3')[:2]}/{sha(b'pixels 3')}.png"]
    return pieces.zip()


@attack("DOC-01")
def recipe_exchanged() -> bytes:
    """The recipe under its hash is another one."""
    pieces = honest()
    pieces.files[f"documents/{sha(b'recipe' + bytes([10]))}"] = b"a milder recipe\n"
    return pieces.zip()


@attack("CHALLENGE-03")
def list_exchanged() -> bytes:
    """The list of parts that passed before a failed challenge is shorter."""
    pieces = honest()
    pieces.files["challenge/passed.csv"] = b"serial,record\r\n"
    return pieces.zip()


@attack("BUNDLE-02")
def document_smuggled() -> bytes:
    """A document that no record names lies in the bundle, to be shown to people."""
    pieces = honest()
    pieces.files[f"documents/{sha(b'approval')}"] = b"approval"
    return pieces.zip()


@attack("BUNDLE-02")
def image_smuggled() -> bytes:
    """The manifest says that there are no images, and there is one."""
    pieces = honest()
    pieces.manifest["images"] = False
    return pieces.zip()


@attack("BUNDLE-02")
def scope_that_lies() -> bytes:
    """The bundle says that it holds lot L-1, and goes on with another."""
    pieces = honest()
    pieces.manifest["scope"] = {"kind": "lot", "value": "L-1"}
    return pieces.zip()


@attack("BUNDLE-02")
def beginning_that_lies() -> bytes:
    """A bundle of the second shift names another record as the one before."""
    pieces = only(2)
    pieces.manifest["prev"] = "e" * 64
    return pieces.zip()


@attack("BUNDLE-02")
def manifest_that_counts_more() -> bytes:
    """The manifest promises one record more than there is."""
    pieces = honest()
    pieces.manifest["count"] += 1
    return pieces.zip()


@attack("SEAL-06", "seal of shift 1")
def seal_left_out() -> bytes:
    """The seal of the first shift is missing, the second is there."""
    pieces = honest()
    del pieces.seals[0]
    return pieces.zip()


@attack("SEAL-06", "seal of shift 1")
def seal_and_receipt_left_out() -> bytes:
    """The first seal was lost before it was logged, as whoever runs the station says."""
    pieces = Pieces.of(History(Changes(skip=frozenset({("receipt", 1)}))).tell())
    del pieces.seals[0]
    return pieces.zip()


@attack("SEAL-01", "seal of shift 1")
def signature_left_out() -> bytes:
    """The first seal has no signature, the second has."""
    pieces = honest()
    pieces.seals[0] = Signed(1, pieces.seals[0].count, pieces.seals[0].data, b"")
    return pieces.zip()


@attack("SEAL-01", "seal of shift 2", exit_code=1)
def newest_signature_left_out() -> bytes:
    """The newest seal is not signed: the key may have been locked, so that this can only not be checked."""
    pieces = only(2)
    pieces.seals[0] = Signed(2, pieces.seals[0].count, pieces.seals[0].data, b"")
    pieces.receipts = []
    return pieces.zip()


@attack("SEAL-01", "seal of shift 2")
def signature_of_another_seal() -> bytes:
    """The second seal carries the signature of the first."""
    pieces = only(2)
    pieces.seals[0] = Signed(2, pieces.seals[0].count, pieces.seals[0].data, honest().seals[0].signature)
    pieces.receipts = []
    return pieces.zip()


@attack("PART-04")
def two_outcomes_of_an_earlier_part() -> bytes:
    """A bundle of the second shift holds two outcomes of one part of the first."""

    def twice(history: History) -> None:
        part = next(json.loads(data) for data in history.records if b'"SN-2"' in data)
        digest = json.loads(
            next(data for data in history.records if b'"image-stored"' in data and data_of(part) in data)
        )["part"]
        for where in ("reject", "unknown"):
            history.record("outcome", key=part["key"], part=digest, commanded="reject", confirmed=where, reason="late")

    return only(2, Changes(steps={"shift 2": twice}, skip=frozenset({("outcome", 2)}))).zip()


def data_of(part: Json) -> bytes:
    """What the image record of a part is known by."""
    return str(part["views"][0]["image"]["digest"]).encode()


@attack("SEAL-01", "seal of shift 2")
def seal_of_another_station() -> bytes:
    """The seal of the shift was signed by another station's key."""
    pieces = only(2)
    other = History(Changes(keys=(STATION_KEY, THIEF_KEY))).tell().seals[1]
    pieces.seals[0] = Signed(
        2, other.count, other.data.replace(sha(THIEF_KEY.public_key).encode(), b"0" * 64), other.signature
    )
    pieces.receipts = []
    return pieces.zip()


@attack("FORMAT-01")
def seal_spelled_otherwise() -> bytes:
    """A seal has a blank more."""
    pieces = honest()
    pieces.seals[1] = Signed(2, 0, pieces.seals[1].data.replace(b":", b": ", 1), pieces.seals[1].signature)
    return pieces.zip()


@attack("BUNDLE-02")
def seal_twice() -> bytes:
    """A seal stands there twice."""
    pieces = honest()
    pieces.seals.append(pieces.seals[1])
    return pieces.zip()


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy={**POLICY, "require": ["log"]})
def receipts_stripped() -> bytes:
    """The proof that the log has the seal is left out, and the auditor requires it."""
    pieces = only(2)
    pieces.receipts = []
    return pieces.zip()


@attack("POLICY-01", exit_code=1, policy={**POLICY, "require": ["rfc3161"]})
def stamp_required() -> bytes:
    """Nothing is wrong with the bundle; the auditor requires a time stamp, and there is none."""
    return honest().zip()


@attack("POLICY-02", policy={**POLICY, "station": "line-5"})
def other_station_altogether() -> bytes:
    """A good bundle, of a station that was not asked for."""
    return honest().zip()


@attack("POLICY-02", policy={**POLICY, "latest": {"shift": 2, "seal": "d" * 64}})
def another_history() -> bytes:
    """A whole history with good seals, and another second seal than the one that the auditor was shown."""
    return honest().zip()


@attack("KEY-01")
def key_file_exchanged() -> bytes:
    """The key file in the bundle is that of somebody else."""
    pieces = honest()
    pieces.files["keys/station.pub"] = THIEF_KEY.public_key.hex().encode() + b"\n"
    return pieces.zip()


@attack("LEDGER-01")
def proof_of_another_log() -> bytes:
    """The receipt of the seal comes with a checkpoint that another key has signed in the log's name."""
    pieces = only(2)
    proof = pieces.receipts[0]["proof"]
    top, _, checkpoint = proof.partition("\n\n")
    text = checkpoint.partition("\n\n")[0] + "\n"
    blob = base64.b64decode(checkpoint.split(" ")[-1])[:4] + OTHER_LOG_KEY.sign(text.encode())
    line = checkpoint.rsplit(" ", 1)[0] + " " + base64.b64encode(blob).decode() + "\n"
    pieces.receipts[0]["proof"] = f"{top}\n\n{line}"
    return pieces.zip()


@attack("LEDGER-01")
def proof_of_the_seal_before() -> bytes:
    """The receipt of the second seal is the replayed proof of the first."""
    pieces, earlier = only(2), only(1)
    pieces.receipts[0]["proof"] = earlier.receipts[0]["proof"]
    pieces.receipts[0]["index"] = earlier.receipts[0]["index"]
    return pieces.zip()


@attack("LEDGER-01")
def receipt_of_nothing() -> bytes:
    """There is a receipt of a seal that is not there."""
    pieces = only(2)
    pieces.receipts.append({**pieces.receipts[0], "seal": "f" * 64})
    return pieces.zip()


@attack("BUNDLE-02")
def receipts_in_other_order() -> bytes:
    """The lines of the receipts are exchanged: the same bundle would have two spellings."""
    pieces = only(1)
    pieces.receipts.reverse()
    return pieces.zip()


@attack("BUNDLE-02")
def receipt_carried_twice() -> bytes:
    """A receipt stands in a record of the bundle, and once more beside it."""
    pieces = honest()
    record = json.loads(pieces.records[at(pieces, "receipt")])
    pieces.receipts = [{name: record[name] for name in ("seal", "ledger", "index", "proof")}]
    return pieces.zip()


@attack("BUNDLE-02")
def times_from_end_to_beginning() -> bytes:
    """The bundle says that it holds a time that ends before it begins."""
    pieces = honest()
    pieces.manifest["scope"] = {"kind": "time", "value": "2026-09-21T15:00:00Z/2026-09-21T14:00:00Z"}
    return pieces.zip()


@attack("CHALLENGE-01")
def challenge_of_an_earlier_shift_ended_twice() -> bytes:
    """A bundle of the second shift holds two results of one challenge that began in the first."""

    def twice(history: History) -> None:
        start = merkle.leaf_hash(next(data for data in history.records if b'"challenge-start"' in data)).hex()
        empty = {"reason": "stopped", "parts_in": 0, "parts_out": 0, "results": [], "missing": ["CH-1"]}
        for _ in range(2):
            history.record("challenge", start=start, result="failed", passed_since=None, **empty)

    return only(2, Changes(steps={"shift 2": twice}, skip=frozenset({("challenge", 0)}))).zip()


@attack("FORMAT-02")
def receipt_with_more() -> bytes:
    """A line of the receipts has a field more."""
    pieces = only(2)
    pieces.receipts[0]["trusted"] = True
    return pieces.zip()


@attack("FORMAT-01", "record 12")
def key_twice() -> bytes:
    """A record has a key twice; readers differ in which of the two they see."""
    return edited(
        11, lambda data: data.replace(b'"verdict":"FAIL","views"', b'"verdict":"FAIL","verdict":"PASS","views"')
    )
