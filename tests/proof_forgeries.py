# SPDX-License-Identifier: AGPL-3.0-or-later
"""Proofs that must not convince: each with the rules that it breaks, for the verifier in Python and for the page."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from inspector.evidence.keys import SigningKey
from inspector.evidence.note import Checkpoint, NoteKey, sign_checkpoint, sign_note
from inspector.evidence.part_proof import proof_file, shift_proof
from inspector.evidence.proof import LogProof, format_proof
from inspector.evidence.rotation import Rotation, sign_rotation
from inspector.evidence.seal import HEAD_PREFIX, SEAL_PREFIX
from inspector.store.proofs import lot_proof, part_proof
from inspector.store.read import RecordReader
from tests.proof_station import SERIAL, TWICE, ProofStation, build_proof_station
from tests.unit.evidence_station import LOG_KEY, ORIGIN

OTHER_KEY = SigningKey.generate()
Document = dict[str, Any]


def build_proofs(folder: Path) -> Proofs:
    """The stations, and proofs of each."""
    return Proofs(
        build_proof_station(folder / "one"),
        build_proof_station(folder / "two"),
        build_proof_station(folder / "rotated", rotated=True),
    )


def canonical(value: object) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)


@dataclass
class Proofs:
    """Good proofs of one station, and those of another station with the same serials."""

    station: ProofStation
    other: ProofStation
    rotated: ProofStation
    part: Document = field(init=False)
    twice: Document = field(init=False)
    lot: Document = field(init=False)
    foreign: Document = field(init=False)
    handed_over: Document = field(init=False)

    def __post_init__(self) -> None:
        self.part, self.twice = self.of(self.station, SERIAL), self.of(self.station, TWICE)
        self.foreign = self.of(self.other, SERIAL)
        self.handed_over = self.of(self.rotated, TWICE)
        self.lot = json.loads(lot_proof(self.station.directory, "L-42", *self.keys(self.station)))

    def key_typed(self, typed: dict[str, str]) -> str:
        """The key that a reader types: the station's if nothing else was said."""
        named = {"station": self.station, "rotated": self.rotated}
        wanted = typed.get("key", "station")
        return named[wanted].key.public_key.hex() if wanted in named else wanted

    @staticmethod
    def keys(station: ProofStation) -> tuple[bytes, list[str]]:
        return station.key.public_key, [station.log_vkey]

    def of(self, station: ProofStation, serial: str) -> Document:
        document: Document = json.loads(part_proof(station.directory, serial, *self.keys(station)))
        return document


@dataclass(frozen=True)
class Forgery:
    """One proof that must not convince.

    Attributes:
        name: What was done.
        make: Gives the text of the proof.
        rules: One of them is among the findings.
        policy: What the reader types instead of the station's key and the log's key: `key` ("rotated": the first key of
            the station that has rotated it), `log`, `serial`, `lot`.
        unchecked: True: no contradiction, but no "valid" either.
    """

    name: str
    make: Callable[[Proofs], str]
    rules: tuple[str, ...]
    policy: dict[str, str] = field(default_factory=dict)
    unchecked: bool = False


def merkle_root(shift: Document) -> str:
    """The algorithm of docs/formats.md 13.1, as a stranger would write it."""
    seal = json.loads(shift["seal"])
    leaves = {
        json.loads(text)["seq"] - seal["first"]: hashlib.sha256(b"\0" + text.encode()).digest()
        for text in shift["records"]
    }
    hashes: Iterator[bytes] = iter([bytes.fromhex(text) for text in shift["hashes"]])

    def walk(start: int, end: int) -> bytes:
        if not any(start <= index < end for index in leaves):
            return next(hashes)
        if end - start == 1:
            return leaves[start]
        k = 1
        while 2 * k < end - start:
            k *= 2
        left = walk(start, start + k)
        return hashlib.sha256(b"\1" + left + walk(start + k, end)).digest()

    root = walk(0, seal["count"])
    assert next(hashes, None) is None
    return root.hex()


def log_entry(leaf: bytes, key: SigningKey, *, origin: str = ORIGIN, index: int = 0) -> str:
    """A receipt of a log with this one entry."""
    root = hashlib.sha256(b"\0" + leaf).digest()
    signed = sign_checkpoint(Checkpoint(origin, 1, root), key, key.public_key)
    return format_proof(LogProof(index, (), signed))


def reseal(shift: Document, key: SigningKey, **seal_fields: Any) -> None:
    """What a station can do that lies and signs: a new root, a new seal, a new receipt."""
    seal = {**json.loads(shift["seal"]), **seal_fields, "key": hashlib.sha256(key.public_key).hexdigest()}
    seal["root"] = merkle_root({**shift, "seal": canonical(seal)})
    shift["seal"] = canonical(seal)
    signature = key.sign(SEAL_PREFIX + shift["seal"].encode())
    shift["signature"] = signature.hex()
    shift["receipts"] = [log_entry(shift["seal"].encode() + signature, LOG_KEY)]


def change_record(proven: Document, kind: str, **fields: Any) -> None:
    """Rewrite the first record of a type."""
    number = next(n for n, text in enumerate(proven["records"]) if json.loads(text)["type"] == kind)
    proven["records"][number] = canonical({**json.loads(proven["records"][number]), **fields})


def _bent(of: str, bend: Callable[[Document, Proofs], object]) -> Callable[[Proofs], str]:
    """A good proof with something bent."""

    def make(proofs: Proofs) -> str:
        document = copy.deepcopy(getattr(proofs, of))
        bend(document, proofs)
        return canonical(document)

    return make


def _swap(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


def _flip(text: str, at: int) -> str:
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def _text(change: Callable[[str], str]) -> Callable[[Proofs], str]:
    """A good proof with its text changed."""
    return lambda proofs: change(canonical(proofs.part))


def _in_record(number: int, old: str, new: str) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, _: Proofs) -> None:
        records = document["shifts"][0]["records"]
        records[number] = _swap(records[number], old, new)

    return bend


def _in_shift(name: str, change: Callable[[Any], Any]) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, _: Proofs) -> None:
        shift = document["shifts"][0]
        shift[name] = change(shift[name])

    return bend


def _in_seal(**fields: Any) -> Callable[[Document, Proofs], None]:
    return _in_shift("seal", lambda text: canonical({**json.loads(text), **fields}))


def _in_receipt(change: Callable[[list[str]], None]) -> Callable[[Document, Proofs], None]:
    """Lines: header, index, hashes ..., empty, origin, size, root, empty, signature, empty."""

    def bend(document: Document, _: Proofs) -> None:
        lines = document["shifts"][0]["receipts"][0].split("\n")
        change(lines)
        document["shifts"][0]["receipts"][0] = "\n".join(lines)

    return bend


def _lying(kind: str, **fields: Any) -> Callable[[Document, Proofs], None]:
    """A record of the station's own that contradicts the others, under a good seal and receipt."""

    def bend(document: Document, proofs: Proofs) -> None:
        shift = document["shifts"][0]
        change_record(shift, kind, **fields)
        part = next(text for text in shift["records"] if '"type":"part"' in text)
        if kind == "part":
            change_record(shift, "outcome", part=hashlib.sha256(b"\0" + part.encode()).hexdigest())
        reseal(shift, proofs.station.key)

    return bend


def _views(**fields: Any) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, proofs: Proofs) -> None:
        part = json.loads(document["shifts"][0]["records"][1])
        _lying("part", views=[{**part["views"][0], **fields}])(document, proofs)

    return bend


def _signed_with(prefix: bytes) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, proofs: Proofs) -> None:
        shift = document["shifts"][0]
        shift["signature"] = proofs.station.key.sign(prefix + shift["seal"].encode()).hex()
        shift["receipts"] = []

    return bend


def _own_key(document: Document, _: Proofs) -> None:
    """Everything fits, and the key is the forger's."""
    reseal(document["shifts"][0], OTHER_KEY)
    document["station_key"] = OTHER_KEY.public_key.hex()


def _own_key_named_as_the_stations(document: Document, proofs: Proofs) -> None:
    reseal(document["shifts"][0], OTHER_KEY)


def _own_log(document: Document, _: Proofs) -> None:
    shift = document["shifts"][0]
    leaf = shift["seal"].encode() + bytes.fromhex(shift["signature"])
    shift["receipts"] = [log_entry(leaf, OTHER_KEY)]
    document["log_keys"] = [NoteKey(ORIGIN, OTHER_KEY.public_key).vkey()]


def _seal_of_shift_two(document: Document, proofs: Proofs) -> None:
    for name in ("seal", "signature", "receipts"):
        document["shifts"][0][name] = proofs.twice["shifts"][1][name]


def _foreign_seal(document: Document, proofs: Proofs) -> None:
    for name in ("seal", "signature", "receipts"):
        document["shifts"][0][name] = proofs.foreign["shifts"][0][name]


def _rotation(change: Callable[[list[str]], list[str]]) -> Callable[[Proofs], str]:
    """A good proof over a rotation, with its statements changed; the reader has the first key."""

    def bend(document: Document, _: Proofs) -> None:
        document["rotations"] = change(document["rotations"])

    return _bent("handed_over", bend)


def _to_the_forger(statements: list[str]) -> list[str]:
    """A statement that only the new key has signed."""
    old, new = (_stated(statements[0], name) for name in ("old", "new"))
    text = statements[0].partition("\n\n")[0].replace(new, OTHER_KEY.public_key.hex()) + "\n"
    first = sign_note(text, NoteKey("station-key", bytes.fromhex(old)), OTHER_KEY)
    second = sign_note(text, NoteKey("station-key", OTHER_KEY.public_key), OTHER_KEY)
    return [first + second.rpartition("\n\n")[2]]


def _stated(statement: str, name: str) -> str:
    return next(line.split(" ")[1] for line in statement.split("\n") if line.startswith(name + " "))


def _back_again(statements: list[str]) -> list[str]:
    """Both sign, and it goes from the forger's key to another."""
    other = SigningKey.generate()
    rotation = Rotation("demo", OTHER_KEY.public_key, other.public_key, 3, "x")
    return [*statements, sign_rotation(rotation, OTHER_KEY, other).decode()]


def _later(change: Callable[[str], str], **fields: Any) -> Callable[[Proofs], str]:
    """One more rotation, of a shift that the proof does not touch."""

    def bend(document: Document, proofs: Proofs) -> None:
        before = proofs.rotated.next_key
        assert before is not None
        stated = {"station": "demo", "first_shift": 9, "reason": "x", **fields}
        rotation = Rotation(old=before.public_key, new=OTHER_KEY.public_key, **stated)
        document["rotations"].append(change(sign_rotation(rotation, before, OTHER_KEY).decode()))

    return _bent("handed_over", bend)


def _second(**fields: Any) -> Callable[[Document, Proofs], None]:
    """The seal of a second shift is signed, and is not what a seal has to be."""

    def bend(document: Document, proofs: Proofs) -> None:
        shift = copy.deepcopy(proofs.twice["shifts"][1])
        reseal(shift, proofs.station.key, **fields)
        document["shifts"].append(shift)

    return bend


def _second_is_a_head(document: Document, proofs: Proofs) -> None:
    second: Document = {"shifts": [copy.deepcopy(proofs.twice["shifts"][1])]}
    _head(second, proofs)
    document["shifts"] += second["shifts"]


def _same_key(document: Document, proofs: Proofs) -> None:
    """Two parts under one key."""
    first, second = document["shifts"]
    key = json.loads(first["records"][1])["key"]
    change_record(second, "part", key=key)
    part = next(text for text in second["records"] if '"type":"part"' in text)
    change_record(second, "outcome", key=key, part=hashlib.sha256(b"\0" + part.encode()).hexdigest())
    reseal(second, proofs.station.key)


def _second_shift_not_opened(proofs: Proofs) -> str:
    document = copy.deepcopy(proofs.twice)
    second = document["shifts"][1]
    second["records"] = [text for text in second["records"] if '"type":"part"' in text]
    return without("nothing", proofs, document)


def _only(kind: str, of: str) -> Callable[[Proofs], str]:
    """A proof that holds records of one type only."""

    def make(proofs: Proofs) -> str:
        document = copy.deepcopy(getattr(proofs, of))
        shift = document["shifts"][0]
        shift["records"] = [text for text in shift["records"] if json.loads(text)["type"] == kind]
        return without("nothing", proofs, {**document, "shifts": [shift]})

    return make


def _two_outcomes(document: Document, proofs: Proofs) -> None:
    first, second = document["shifts"]
    outcome = json.loads(next(text for text in first["records"] if '"type":"outcome"' in text))
    change_record(second, "outcome", part=outcome["part"], key=outcome["key"])
    reseal(second, proofs.station.key)


def _head(document: Document, proofs: Proofs) -> None:
    """A head of the same records: what it says is not final."""
    shift = document["shifts"][0]
    seal = json.loads(shift["seal"])
    for name in ("t_open_us", "t_close_us", "counts"):
        del seal[name]
    shift["seal"] = canonical({**seal, "type": "head"})
    shift["signature"] = proofs.station.key.sign(HEAD_PREFIX + shift["seal"].encode()).hex()


def without(kind: str, proofs: Proofs, document: Document) -> str:
    """A proof that leaves out the records of a type, with all hashes as they have to be."""
    station = proofs.station
    shifts = []
    with RecordReader(station.directory) as reader:
        for shift in document["shifts"]:
            kept = [text.encode() for text in shift["records"] if json.loads(text)["type"] != kind]
            fields = json.loads(shift["seal"])
            seal = reader.seal(fields["shift"])
            assert seal is not None
            leaves = reader.leaf_hashes(fields["first"], fields["count"])
            shifts.append(shift_proof(seal, leaves, kept, shift["receipts"]))
    of = document["of"]
    return proof_file(
        of["kind"], of["value"], document["station"], station.key.public_key, shifts, [station.log_vkey]
    ).decode()


def _one_part_less(proofs: Proofs) -> str:
    document = copy.deepcopy(proofs.lot)
    failed = next(t for t in document["shifts"][0]["records"] if '"type":"part"' in t and '"verdict":"FAIL"' in t)
    digest = hashlib.sha256(b"\0" + failed.encode()).hexdigest()
    document["shifts"][0]["records"] = [
        text for text in document["shifts"][0]["records"] if text != failed and digest not in text
    ]
    return without("nothing", proofs, document)


HASHES = 7
"""How many hashes the proof of `SERIAL` has; the table names each of them."""

PART = "part"
FORGERIES: list[Forgery] = [
    # Records
    Forgery(
        "verdict changed",
        _bent(PART, _in_record(1, '"reason":"pass","recipe', '"reason":"paSs","recipe')),
        ("PROOF-02",),
    ),
    Forgery("serial changed", _bent(PART, _in_record(1, SERIAL, "SN-000009")), ("PROOF-02",)),
    Forgery(
        "outcome changed", _bent(PART, _in_record(2, '"commanded":"accept"', '"commanded":"reject"')), ("PROOF-02",)
    ),
    Forgery("model changed", _bent(PART, _in_record(1, "3" * 64, "4" * 64)), ("PROOF-02",)),
    Forgery(
        "salt changed", _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", salt="0" * 32)), ("PROOF-02",)
    ),
    Forgery("lot changed", _bent(PART, _in_record(0, "L-42", "L-43")), ("PROOF-02",)),
    Forgery("seq moved", _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", seq=7)), ("PROOF-02",)),
    Forgery("seq beyond", _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", seq=9999)), ("PROOF-03",)),
    Forgery(
        "seq of 2^53 - 1", _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", seq=2**53 - 1)), ("PROOF-03",)
    ),
    Forgery(
        "shift of another", _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", shift=2)), ("PROOF-03",)
    ),
    Forgery("record not canonical", _bent(PART, _in_record(1, '"type":"part"', '"type": "part"')), ("FORMAT-01",)),
    Forgery(
        "key twice in record",
        _bent(PART, _in_record(1, '"type":"part"', '"type":"part","type":"part"')),
        ("FORMAT-01",),
    ),
    Forgery(
        "number with fraction",
        _bent(PART, _in_record(1, '"plc_count":2', '"plc_count":2.0')),
        ("FORMAT-01", "FORMAT-02"),
    ),
    Forgery(
        "number beyond 2^53",
        _bent(PART, _in_record(1, '"plc_count":2', '"plc_count":9007199254740993')),
        ("FORMAT-01", "FORMAT-02"),
    ),
    Forgery(
        "record escapes a letter", _bent(PART, _in_record(1, '"type":"part"', '"type":"p\\u0061rt"')), ("FORMAT-01",)
    ),
    Forgery(
        "unknown field",
        _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", zone="x")),
        ("FORMAT-02", "PROOF-02"),
    ),
    Forgery(
        "verdict of no kind",
        _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", verdict="GOOD")),
        ("FORMAT-02",),
    ),
    Forgery(
        "record of another station",
        _bent(PART, lambda d, _: change_record(d["shifts"][0], "part", station="x")),
        ("FORMAT-03",),
    ),
    Forgery("record twice", _bent(PART, _in_shift("records", lambda r: [*r, r[-1]])), ("PROOF-03",)),
    Forgery("records not in order", _bent(PART, _in_shift("records", lambda r: [r[1], r[0], r[2]])), ("PROOF-03",)),
    Forgery("outcome taken out", _bent(PART, _in_shift("records", lambda r: r[:-1])), ("PROOF-02",)),
    Forgery("record is no JSON", _bent(PART, _in_shift("records", lambda r: ["{", *r[1:]])), ("FORMAT-01",)),
    # The tree
    *(
        Forgery(
            f"hash {n} changed",
            _bent(PART, _in_shift("hashes", lambda h, n=n: [*h[:n], _flip(h[n], 0), *h[n + 1 :]])),
            ("PROOF-02",),
        )
        for n in range(HASHES)
    ),
    Forgery("hash taken out", _bent(PART, _in_shift("hashes", lambda h: h[:-1])), ("PROOF-02",)),
    Forgery("hash added", _bent(PART, _in_shift("hashes", lambda h: [*h, h[0]])), ("PROOF-02",)),
    Forgery("hashes swapped", _bent(PART, _in_shift("hashes", lambda h: [h[1], h[0], *h[2:]])), ("PROOF-02",)),
    # The seal
    Forgery("root changed", _bent(PART, _in_seal(root="0" * 64)), ("SEAL-01",)),
    Forgery("time changed", _bent(PART, _in_seal(t_us=1)), ("SEAL-01",)),
    Forgery("simulated denied", _bent(PART, _in_seal(simulated=False)), ("SEAL-01",)),
    Forgery("key in seal changed", _bent(PART, _in_seal(key="0" * 64)), ("SEAL-01",)),
    Forgery("shift in seal changed", _bent(PART, _in_seal(shift=2)), ("SEAL-01",)),
    Forgery("seal of another station", _bent(PART, _in_seal(station="x")), ("FORMAT-03",)),
    Forgery("seal not canonical", _bent(PART, _in_shift("seal", lambda s: s + " ")), ("FORMAT-01",)),
    Forgery(
        "seal key twice", _bent(PART, _in_shift("seal", lambda s: s.replace('"v":1', '"v":1,"v":1'))), ("FORMAT-01",)
    ),
    Forgery("signature changed", _bent(PART, _in_shift("signature", lambda s: _flip(s, 5))), ("SEAL-01",)),
    Forgery("signature changed at its end", _bent(PART, _in_shift("signature", lambda s: _flip(s, 127))), ("SEAL-01",)),
    Forgery("signature without its prefix", _bent(PART, _signed_with(b"")), ("SEAL-01",)),
    Forgery("signature with the prefix of heads", _bent(PART, _signed_with(HEAD_PREFIX)), ("SEAL-01",)),
    Forgery("signature too short", _bent(PART, _in_shift("signature", lambda s: s[:-2])), ("PROOF-01",)),
    Forgery("a head for a seal", _bent(PART, _head), ("FORMAT-02",)),
    Forgery("seal of the next shift", _bent(PART, _seal_of_shift_two), ("PROOF-03",)),
    Forgery("seal of the other station", _bent(PART, _foreign_seal), ("SEAL-01",)),
    # Keys
    Forgery("key in proof changed", _bent(PART, lambda d, _: d.update(station_key="0" * 64)), ("KEY-01",)),
    Forgery("a key of the forger's own", _bent(PART, _own_key), ("KEY-01",)),
    Forgery("signed by the forger", _bent(PART, _own_key_named_as_the_stations), ("SEAL-01",)),
    Forgery("proof of the other station", lambda p: canonical(p.foreign), ("KEY-01",)),
    Forgery("good, but the reader expects another key", lambda p: canonical(p.part), ("KEY-01",), {"key": "ab" * 32}),
    # Rotations of the key
    Forgery("rotation left out", _rotation(lambda r: []), ("SEAL-01",), {"key": "rotated"}),
    Forgery("rotation twice", _rotation(lambda r: [*r, *r]), ("KEY-03",), {"key": "rotated"}),
    Forgery(
        "rotation of another shift",
        _rotation(lambda r: [r[0].replace("first-shift 2", "first-shift 1")]),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery(
        "rotation of another station",
        _rotation(lambda r: [r[0].replace("station demo", "station dem0")]),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery(
        "rotation with one signature",
        _rotation(lambda r: [r[0].rstrip("\n").rpartition("\n")[0] + "\n"]),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery("rotation signed by the new key only", _rotation(_to_the_forger), ("KEY-02",), {"key": "rotated"}),
    Forgery("rotation from a key that was never in force", _rotation(_back_again), ("KEY-03",), {"key": "rotated"}),
    Forgery("rotation is no note", _rotation(lambda r: ["x"]), ("KEY-02",), {"key": "rotated"}),
    Forgery(
        "later rotation of no form",
        _later(lambda t: t.replace("key-rotation/v1", "key-rotation/v2")),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery(
        "later rotation not signed",
        _later(lambda t: t.replace("reason x", "reason y")),
        ("KEY-02",),
        {"key": "rotated"},
    ),
    Forgery("later rotation of another station", _later(str, station="line-9"), ("KEY-02",), {"key": "rotated"}),
    Forgery("later rotation before the one before", _later(str, first_shift=2), ("KEY-03",), {"key": "rotated"}),
    # What it is of
    Forgery("renamed to another serial", _bent(PART, lambda d, _: d["of"].update(value="SN-000009")), ("PROOF-04",)),
    Forgery("replayed for another serial", lambda p: canonical(p.part), ("PROOF-05",), {"serial": "SN-000009"}),
    Forgery("look-alike serial", lambda p: canonical(p.part), ("PROOF-05",), {"serial": "SΝ-000002"}),
    Forgery("part given for a lot", lambda p: canonical(p.part), ("PROOF-05",), {"lot": "L-42"}),
    Forgery(
        "a part called a lot", _bent(PART, lambda d, _: d.update(of={"kind": "lot", "value": "L-42"})), ("PROOF-06",)
    ),
    Forgery("station renamed", _bent(PART, lambda d, _: d.update(station="line-9")), ("FORMAT-03",)),
    # The log
    Forgery("index changed", _bent(PART, _in_receipt(lambda lines: lines.__setitem__(1, "index 1"))), ("LEDGER-01",)),
    Forgery("log hash added", _bent(PART, _in_receipt(lambda lines: lines.insert(2, lines[5]))), ("LEDGER-01",)),
    Forgery("checkpoint size", _bent(PART, _in_receipt(lambda lines: lines.__setitem__(4, "2"))), ("LEDGER-01",)),
    Forgery(
        "checkpoint root", _bent(PART, _in_receipt(lambda lines: lines.__setitem__(5, "A" * 43 + "="))), ("LEDGER-01",)
    ),
    Forgery(
        "checkpoint origin",
        _bent(PART, _in_receipt(lambda lines: lines.__setitem__(3, ORIGIN + "x"))),
        ("LEDGER-01",),
        {},
        True,
    ),
    Forgery(
        "checkpoint signature",
        _bent(PART, _in_receipt(lambda lines: lines.__setitem__(7, lines[7][:-6] + "AAAA" + lines[7][-2:]))),
        ("LEDGER-01",),
    ),
    Forgery(
        "receipt of another seal",
        _bent(PART, lambda d, p: d["shifts"][0].update(receipts=p.twice["shifts"][1]["receipts"])),
        ("LEDGER-01",),
    ),
    Forgery(
        "receipts taken out, log expected",
        _bent(PART, lambda d, _: d["shifts"][0].update(receipts=[])),
        ("LEDGER-01",),
        {},
        True,
    ),
    Forgery("a log of the forger's own", _bent(PART, _own_log), ("LEDGER-02",)),
    Forgery(
        "log key damaged", _bent(PART, lambda d, _: d.update(log_keys=[d["log_keys"][0][:-1] + "="])), ("PROOF-01",)
    ),
    Forgery(
        "another log expected",
        lambda p: canonical(p.part),
        ("LEDGER-01",),
        {"log": NoteKey("other.example/log", OTHER_KEY.public_key).vkey()},
        True,
    ),
    Forgery(
        "another log expected by fingerprint", lambda p: canonical(p.part), ("LEDGER-01",), {"log": "cd" * 32}, True
    ),
    Forgery(
        "another key in the name of the log",
        _bent(PART, lambda d, _: d.update(log_keys=[NoteKey(ORIGIN, OTHER_KEY.public_key).vkey()])),
        ("LEDGER-02",),
    ),
    # A station that lies and signs
    Forgery("accepted without PASS", _bent(PART, _lying("part", verdict="FAIL")), ("PART-03",)),
    Forgery("passed with a failed view", _bent(PART, _views(verdict="FAIL")), ("PART-08",)),
    Forgery("passed without an image", _bent(PART, _views(image=None)), ("PART-08",)),
    Forgery("passed by another camera", _bent(PART, _views(camera="side")), ("PART-08",)),
    Forgery("passed without views", _bent(PART, _lying("part", views=[])), ("PART-08",)),
    Forgery("challenge part accepted", _bent(PART, _lying("part", purpose="challenge")), ("CHALLENGE-04",)),
    Forgery("outcome of another part", _bent(PART, _lying("outcome", part="0" * 64)), ("PART-01",)),
    Forgery(
        "outcome with another key",
        _bent(PART, _lying("outcome", key={"line_boot": "0" * 16, "part_seq": 2})),
        ("PART-01",),
    ),
    Forgery("two outcomes of one part", _bent("twice", _two_outcomes), ("PART-04",)),
    Forgery("shift opened after another seal", _bent(PART, _lying("shift-open", prev_seal="7" * 64)), ("SEAL-04",)),
    Forgery(
        "simulation not told",
        _bent(PART, lambda d, p: reseal(d["shifts"][0], p.station.key, simulated=False)),
        ("SEAL-07",),
    ),
    Forgery("shift-open left out", lambda p: without("shift-open", p, p.part), ("PROOF-04",)),
    Forgery("part left out", lambda p: without("part", p, p.part), ("PART-01",)),
    Forgery("signed record of another station", _bent(PART, _lying("outcome", station="line-9")), ("FORMAT-03",)),
    Forgery(
        "signed seal of another station",
        _bent(PART, lambda d, p: reseal(d["shifts"][0], p.station.key, station="line-9")),
        ("FORMAT-03",),
    ),
    Forgery("signed record of no form", _bent(PART, _lying("outcome", commanded="stop")), ("FORMAT-02",)),
    Forgery("signed text not in normal form C", _bent(PART, _lying("outcome", reason="u\u0308")), ("PROOF-01",)),
    Forgery("signed number beyond 2^53", _bent(PART, _lying("outcome", mono_us=2**53)), ("FORMAT-01", "FORMAT-02")),
    Forgery("signed record of another shift", _bent(PART, _lying("outcome", shift=2)), ("PROOF-03",)),
    Forgery("signed seal of no form", _bent(PART, _second(t_us=-1)), ("FORMAT-02",)),
    Forgery("signed head beside a seal", _bent(PART, _second_is_a_head), ("FORMAT-02",)),
    Forgery("two parts under one key", _bent("twice", _same_key), ("PART-02",)),
    Forgery("second shift-open left out", _second_shift_not_opened, ("PROOF-04",)),
    Forgery("no part at all", _only("shift-open", PART), ("PROOF-04",)),
    # Lots
    Forgery("no shift of the lot", _only("gap", "lot"), ("PROOF-04",)),
    Forgery("one part of the lot left out", _one_part_less, ("PROOF-06",)),
    Forgery("gap of the lot left out", lambda p: without("gap", p, p.lot), ("PROOF-06",)),
    Forgery("lot renamed", _bent("lot", lambda d, _: d["of"].update(value="L-43")), ("PROOF-04",)),
    Forgery("another lot expected", lambda p: canonical(p.lot), ("PROOF-05",), {"lot": "L-43"}),
    Forgery("shifts of the lot swapped", _bent("lot", lambda d, _: d["shifts"].reverse()), ("PROOF-03",)),
    Forgery("shift of the lot twice", _bent("lot", lambda d, _: d["shifts"].append(d["shifts"][1])), ("PROOF-03",)),
    # The file
    Forgery("a blank", _text(lambda text: " "), ("PROOF-01",)),
    Forgery("cut off", _text(lambda text: text[:-40]), ("PROOF-01",)),
    Forgery("two line ends", _text(lambda text: text + "\n\n"), ("PROOF-01",)),
    Forgery("with a byte order mark", _text(lambda text: "\ufeff" + text), ("PROOF-01",)),
    Forgery("indented", _text(lambda text: json.dumps(json.loads(text), indent=1)), ("PROOF-01",)),
    Forgery("key twice", _text(lambda text: text.replace('"v":1}', '"v":1,"v":1}')), ("PROOF-01",)),
    Forgery("a list", _text(lambda text: f"[{text}]"), ("PROOF-01",)),
    Forgery("null", _text(lambda text: "null"), ("PROOF-01",)),
    Forgery("nested deeply", _text(lambda text: "[" * 200_000 + "]" * 200_000), ("PROOF-01",)),
    Forgery("unknown field in the file", _bent(PART, lambda d, _: d.update(note="trust me")), ("PROOF-01",)),
    Forgery(
        "prototype", _text(lambda text: text.replace('{"log_keys"', '{"__proto__":{"v":1},"log_keys"')), ("PROOF-01",)
    ),
    Forgery("field missing", _bent(PART, lambda d, _: d.pop("log_keys")), ("PROOF-01",)),
    Forgery("text for a list", _bent(PART, _in_shift("records", lambda r: r[0])), ("PROOF-01",)),
    Forgery("no records", _bent(PART, _in_shift("records", lambda r: [])), ("PROOF-01",)),
    Forgery("no shifts", _bent(PART, lambda d, _: d.update(shifts=[])), ("PROOF-01",)),
    Forgery(
        "lone surrogate",
        _text(
            lambda text: text.replace(SERIAL + '"},"shifts"', "\\ud800" + '"},"shifts"').replace(
                f'"value":"{SERIAL}"', '"value":"\\ud800"'
            )
        ),
        ("PROOF-01",),
    ),
    Forgery("not in normal form C", _bent(PART, lambda d, _: d["of"].update(value="u\u0308")), ("PROOF-01",)),
    Forgery(
        "hash in capitals",
        _bent(PART, lambda d, _: d["shifts"][0].update(hashes=[h.upper() for h in d["shifts"][0]["hashes"]])),
        ("PROOF-01",),
    ),
    Forgery("of a newer version", _bent(PART, lambda d, _: d.update(v=2)), ("PROOF-01",), {}, True),
]
