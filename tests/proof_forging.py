# SPDX-License-Identifier: AGPL-3.0-or-later
"""Tools of a forger of proofs: what to bend, what to sign again with which key."""

from __future__ import annotations

import copy
import hashlib
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from inspector.evidence.keys import SigningKey
from inspector.evidence.note import Checkpoint, NoteKey, parse_vkey, sign_checkpoint, sign_note
from inspector.evidence.part_proof import proof_file, shift_proof
from inspector.evidence.proof import LogProof, format_proof
from inspector.evidence.root import Certificate, Revocation, RootStatement, sign_root_statement
from inspector.evidence.rotation import Rotation, sign_rotation
from inspector.evidence.seal import HEAD_PREFIX, SEAL_PREFIX
from inspector.evidence.timestamp import format_stamp
from inspector.evidence.tsa_roots import TsaRoots
from inspector.evidence.verify.policy import Policy
from inspector.evidence.verify.proof import ProofPolicy
from inspector.store.proofs import lot_proof, part_proof
from inspector.store.read import RecordReader
from tests.assets.attacks.tokens import Authority
from tests.proof_station import SERIAL, TWICE, ProofStation, build_proof_station
from tests.unit.evidence_station import LOG_KEY, ORIGIN

OTHER_KEY, PLANT_ROOT = SigningKey.generate(), SigningKey.generate()
BORN, DEAD = datetime(2020, 1, 1, tzinfo=UTC), datetime(2200, 1, 1, tzinfo=UTC)
TSA, OTHER_TSA = (Authority(name, born=BORN, dead=DEAD) for name in ("tsa", "other"))
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

    def root_typed(self, typed: dict[str, str]) -> str:
        """The plant root that a reader types, if any."""
        return PLANT_ROOT.public_key.hex() if "root" in typed else ""

    def statements_typed(self, typed: dict[str, str]) -> list[str]:
        """What a reader has of the plant root: `station 1; rotated certified; station 1 thief`."""
        return [self.statement(words) for words in typed.get("statements", "").split("; ") if words]

    def statement(self, words: str, station: str = "demo") -> str:
        """Whose first key, "certified" or from which entry on it is revoked, and perhaps "thief" who signed that."""
        whose, what, *thief = words.split(" ")
        key = {"station": self.station, "rotated": self.rotated}[whose].key.public_key
        root = OTHER_KEY if thief else PLANT_ROOT
        said: RootStatement = Certificate(station, key, "Kim, QA")
        if what != "certified":
            said = Revocation(station, key, ORIGIN, int(what), "Kim, QA", "laptop stolen")
        return sign_root_statement(said, root.public_key, root)

    def policy(self, typed: dict[str, str], policy: Policy | None = None) -> ProofPolicy:
        """What a reader types, for the verifier in Python."""
        key, log, root = self.key_typed(typed), typed.get("log", self.station.log_vkey), self.root_typed(typed)
        return ProofPolicy(
            bytes.fromhex(key) or None,
            None if not log else bytes.fromhex(log) if len(log) == 64 else parse_vkey(log),
            typed.get("serial"),
            typed.get("lot"),
            bytes.fromhex(root) or None,
            [("a statement", text.encode()) for text in self.statements_typed(typed)],
            policy or Policy(),
        )

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
            the station that has rotated it), `log`, `serial`, `lot`, `root`, `statements`.
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


def bent(of: str, bend: Callable[[Document, Proofs], object]) -> Callable[[Proofs], str]:
    """A good proof with something bent."""

    def make(proofs: Proofs) -> str:
        document = copy.deepcopy(getattr(proofs, of))
        bend(document, proofs)
        return canonical(document)

    return make


def swap(text: str, old: str, new: str) -> str:
    assert text.count(old) == 1, (old, text.count(old))
    return text.replace(old, new)


def flip(text: str, at: int) -> str:
    return text[:at] + ("0" if text[at] != "0" else "1") + text[at + 1 :]


def text(change: Callable[[str], str]) -> Callable[[Proofs], str]:
    """A good proof with its text changed."""
    return lambda proofs: change(canonical(proofs.part))


def in_record(number: int, old: str, new: str) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, _: Proofs) -> None:
        records = document["shifts"][0]["records"]
        records[number] = swap(records[number], old, new)

    return bend


def in_shift(name: str, change: Callable[[Any], Any]) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, _: Proofs) -> None:
        shift = document["shifts"][0]
        shift[name] = change(shift[name])

    return bend


def in_seal(**fields: Any) -> Callable[[Document, Proofs], None]:
    return in_shift("seal", lambda text: canonical({**json.loads(text), **fields}))


def in_receipt(change: Callable[[list[str]], None]) -> Callable[[Document, Proofs], None]:
    """Lines: header, index, hashes ..., empty, origin, size, root, empty, signature, empty."""

    def bend(document: Document, _: Proofs) -> None:
        lines = document["shifts"][0]["receipts"][0].split("\n")
        change(lines)
        document["shifts"][0]["receipts"][0] = "\n".join(lines)

    return bend


def lying(kind: str, **fields: Any) -> Callable[[Document, Proofs], None]:
    """A record of the station's own that contradicts the others, under a good seal and receipt."""

    def bend(document: Document, proofs: Proofs) -> None:
        shift = document["shifts"][0]
        change_record(shift, kind, **fields)
        part = next(text for text in shift["records"] if '"type":"part"' in text)
        if kind == "part":
            change_record(shift, "outcome", part=hashlib.sha256(b"\0" + part.encode()).hexdigest())
        reseal(shift, proofs.station.key)

    return bend


def views(**fields: Any) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, proofs: Proofs) -> None:
        part = json.loads(document["shifts"][0]["records"][1])
        lying("part", views=[{**part["views"][0], **fields}])(document, proofs)

    return bend


def signed_with(prefix: bytes) -> Callable[[Document, Proofs], None]:
    def bend(document: Document, proofs: Proofs) -> None:
        shift = document["shifts"][0]
        shift["signature"] = proofs.station.key.sign(prefix + shift["seal"].encode()).hex()
        shift["receipts"] = []

    return bend


def own_key(document: Document, _: Proofs) -> None:
    """Everything fits, and the key is the forger's."""
    reseal(document["shifts"][0], OTHER_KEY)
    document["station_key"] = OTHER_KEY.public_key.hex()


def own_key_named_as_the_stations(document: Document, proofs: Proofs) -> None:
    reseal(document["shifts"][0], OTHER_KEY)


def own_log(document: Document, _: Proofs) -> None:
    shift = document["shifts"][0]
    leaf = shift["seal"].encode() + bytes.fromhex(shift["signature"])
    shift["receipts"] = [log_entry(leaf, OTHER_KEY)]
    document["log_keys"] = [NoteKey(ORIGIN, OTHER_KEY.public_key).vkey()]


def seal_of_shift_two(document: Document, proofs: Proofs) -> None:
    for name in ("seal", "signature", "receipts"):
        document["shifts"][0][name] = proofs.twice["shifts"][1][name]


def foreign_seal(document: Document, proofs: Proofs) -> None:
    for name in ("seal", "signature", "receipts"):
        document["shifts"][0][name] = proofs.foreign["shifts"][0][name]


def rotation(change: Callable[[list[str]], list[str]]) -> Callable[[Proofs], str]:
    """A good proof over a rotation, with its statements changed; the reader has the first key."""

    def bend(document: Document, _: Proofs) -> None:
        document["rotations"] = change(document["rotations"])

    return bent("handed_over", bend)


def to_the_forger(statements: list[str]) -> list[str]:
    """A statement that only the new key has signed."""
    old, new = (stated(statements[0], name) for name in ("old", "new"))
    text = statements[0].partition("\n\n")[0].replace(new, OTHER_KEY.public_key.hex()) + "\n"
    first = sign_note(text, NoteKey("station-key", bytes.fromhex(old)), OTHER_KEY)
    second = sign_note(text, NoteKey("station-key", OTHER_KEY.public_key), OTHER_KEY)
    return [first + second.rpartition("\n\n")[2]]


def stated(statement: str, name: str) -> str:
    return next(line.split(" ")[1] for line in statement.split("\n") if line.startswith(name + " "))


def back_again(statements: list[str]) -> list[str]:
    """Both sign, and it goes from the forger's key to another."""
    other = SigningKey.generate()
    rotation = Rotation("demo", OTHER_KEY.public_key, other.public_key, 3, "x")
    return [*statements, sign_rotation(rotation, OTHER_KEY, other).decode()]


def later(change: Callable[[str], str], **fields: Any) -> Callable[[Proofs], str]:
    """One more rotation, of a shift that the proof does not touch."""

    def bend(document: Document, proofs: Proofs) -> None:
        before = proofs.rotated.next_key
        assert before is not None
        stated = {"station": "demo", "first_shift": 9, "reason": "x", **fields}
        rotation = Rotation(old=before.public_key, new=OTHER_KEY.public_key, **stated)
        document["rotations"].append(change(sign_rotation(rotation, before, OTHER_KEY).decode()))

    return bent("handed_over", bend)


def second(**fields: Any) -> Callable[[Document, Proofs], None]:
    """The seal of a second shift is signed, and is not what a seal has to be."""

    def bend(document: Document, proofs: Proofs) -> None:
        shift = copy.deepcopy(proofs.twice["shifts"][1])
        reseal(shift, proofs.station.key, **fields)
        document["shifts"].append(shift)

    return bend


def second_is_a_head(document: Document, proofs: Proofs) -> None:
    second: Document = {"shifts": [copy.deepcopy(proofs.twice["shifts"][1])]}
    head(second, proofs)
    document["shifts"] += second["shifts"]


def same_key(document: Document, proofs: Proofs) -> None:
    """Two parts under one key."""
    first, second = document["shifts"]
    key = json.loads(first["records"][1])["key"]
    change_record(second, "part", key=key)
    part = next(text for text in second["records"] if '"type":"part"' in text)
    change_record(second, "outcome", key=key, part=hashlib.sha256(b"\0" + part.encode()).hexdigest())
    reseal(second, proofs.station.key)


def second_shift_not_opened(proofs: Proofs) -> str:
    document = copy.deepcopy(proofs.twice)
    second = document["shifts"][1]
    second["records"] = [text for text in second["records"] if '"type":"part"' in text]
    return without("nothing", proofs, document)


def only(kind: str, of: str) -> Callable[[Proofs], str]:
    """A proof that holds records of one type only."""

    def make(proofs: Proofs) -> str:
        document = copy.deepcopy(getattr(proofs, of))
        shift = document["shifts"][0]
        shift["records"] = [text for text in shift["records"] if json.loads(text)["type"] == kind]
        return without("nothing", proofs, {**document, "shifts": [shift]})

    return make


def two_outcomes(document: Document, proofs: Proofs) -> None:
    first, second = document["shifts"]
    outcome = json.loads(next(text for text in first["records"] if '"type":"outcome"' in text))
    change_record(second, "outcome", part=outcome["part"], key=outcome["key"])
    reseal(second, proofs.station.key)


def head(document: Document, proofs: Proofs) -> None:
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


def one_part_less(proofs: Proofs) -> str:
    document = copy.deepcopy(proofs.lot)
    failed = next(t for t in document["shifts"][0]["records"] if '"type":"part"' in t and '"verdict":"FAIL"' in t)
    digest = hashlib.sha256(b"\0" + failed.encode()).hexdigest()
    document["shifts"][0]["records"] = [
        text for text in document["shifts"][0]["records"] if text != failed and digest not in text
    ]
    return without("nothing", proofs, document)


def reject_in_the_good_lane(proofs: Proofs) -> str:
    """Nothing contradicts: a rejected part was seen where it should not be, and the station says so."""
    document = copy.deepcopy(proofs.part)
    change_record(document["shifts"][0], "outcome", commanded="reject", confirmed="good")
    lying("part", verdict="FAIL")(document, proofs)
    return canonical(document)


# The plant root


def carrying(of: str, *statements: str, station: str = "demo") -> Callable[[Proofs], str]:
    """A good proof that brings statements of the plant root along."""

    def bend(document: Document, proofs: Proofs) -> None:
        document["root_statements"] = [proofs.statement(words, station) for words in statements]

    return bent(of, bend)


def thieves_log(document: Document, proofs: Proofs) -> None:
    """A thief of the station's key seals, and shows it in a log of their own by the name of the station's."""
    lying("outcome", reason="PASS ")(document, proofs)
    own_log(document, proofs)


def receipts_of_rotation(change: Callable[[Document], object]) -> Callable[[Proofs], str]:
    def bend(document: Document, _: Proofs) -> None:
        change(document)

    return bent("handed_over", bend)


# Time stamps


def stamped(
    tsa: Authority = TSA, *, change: Callable[[bytes], bytes] = bytes, after_s: int = 2
) -> Callable[[Proofs], str]:
    """A proof whose seal has a time stamp and no other receipt."""

    def bend(document: Document, _: Proofs) -> None:
        shift = document["shifts"][0]
        entry = shift["seal"].encode() + bytes.fromhex(shift["signature"])
        t_us = json.loads(shift["seal"])["t_us"] + after_s * 1_000_000
        shift["receipts"] = [format_stamp(change(tsa.stamp(hashlib.sha256(entry).digest(), t_us)))]

    return bent("part", bend)


def stamp_of_another_seal(proofs: Proofs) -> str:
    document = copy.deepcopy(proofs.twice)
    first, second = document["shifts"]
    entry = first["seal"].encode() + bytes.fromhex(first["signature"])
    t_us = json.loads(first["seal"])["t_us"] + 2_000_000
    second["receipts"] = first["receipts"] = [format_stamp(TSA.stamp(hashlib.sha256(entry).digest(), t_us))]
    return canonical(document)


def later_year(token: bytes) -> bytes:
    """The first time in a token is genTime, behind the hash that it is over."""
    at = token.index(b"\x18\x0f") + 2
    return token[:at] + b"21" + token[at + 2 :]


def last_bit(token: bytes) -> bytes:
    return token[:-1] + bytes([token[-1] ^ 1])


def asks_for_stamps(within_s: int | None = 3600) -> Policy:
    """The reader knows one authority, and each seal must be stamped."""
    return Policy(tsa_roots=TsaRoots([TSA.root]), require=("rfc3161",), stamped_within_s=within_s)
