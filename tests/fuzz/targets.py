# SPDX-License-Identifier: AGPL-3.0-or-later
"""What is fuzzed: each target takes any bytes and lets no other error out than those that its readers promise.

Seeds are the worked examples of docs/formats.md and a small station directory.
"""

from __future__ import annotations

import atexit
import functools
import io
import re
import sqlite3
import tempfile
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass
from pathlib import Path

from inspector.auditor import verify_bundle as independent
from inspector.errors import EvidenceError, FormatInvalid, LedgerError
from inspector.evidence import note, permit, record, seal, tiles
from inspector.evidence.log_policy import parse_log_policy
from inspector.evidence.proof import parse_proof, verify_leaf_proof
from inspector.evidence.root import parse_root_statement
from inspector.evidence.rotation import parse_rotation
from inspector.evidence.timestamp import check_stamp, check_token, format_stamp
from inspector.evidence.tsa_roots import TsaRoots
from inspector.evidence.verify import bypass as verify_bypass
from inspector.evidence.verify import keys as verify_keys
from inspector.evidence.verify import tiles as verify_tiles
from inspector.evidence.verify import wal as verify_wal
from inspector.evidence.verify.bundle import verify_bundle
from inspector.evidence.verify.json import Malformed
from inspector.evidence.verify.policy import parse_policy
from inspector.evidence.verify.proof import ProofPolicy, verify_proof
from inspector.evidence.verify.schema import RECORDS, read_document, read_record
from inspector.evidence.verify.station import verify_station
from inspector.store.proofs import lot_proof, part_proof
from ledger_anchor.timestamp.response import read_response
from tests.assets.attacks import erasures, witnesses
from tests.assets.attacks.build import policy_text
from tests.assets.attacks.bundle import Pieces, zip_of
from tests.assets.attacks.table import honest
from tests.assets.attacks.tokens import Authority, Flaws
from tests.fuzz.edits import edited, scalars
from tests.proof_station import SERIAL, build_proof_station
from tests.tsa_server import response
from tests.unit.evidence_samples import FIELDS, envelope
from tests.unit.evidence_station import build_station

_ROOT = Path(__file__).parents[2]
_TSA, _T_US, _DIGEST = Authority(), 1_790_000_000_000_000, bytes(range(32))
_ROOTS = TsaRoots([_TSA.root])
_LOG_KEY = note.NoteKey("example.com/plant-log", bytes(32))


@dataclass(frozen=True)
class Target:
    """One reader of evidence.

    Attributes:
        run: Reads the bytes; what it raises is a finding.
        seeds: Bytes to begin with.
        seconds: How long the long run takes for it.
        longest: Bytes of an input.
    """

    run: Callable[[bytes], object]
    seeds: Sequence[bytes]
    seconds: int
    longest: int = 66_000


def _folder() -> Path:
    """A folder that is removed when the process ends."""
    folder = tempfile.TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


@functools.cache
def examples(kind: str) -> list[bytes]:
    """The code blocks of one kind in docs/formats.md."""
    page = (_ROOT / "docs" / "formats.md").read_text(encoding="utf-8")
    blocks = re.findall(rf"^```(?:json|text) {kind}\n(.*?)^```", page, re.M | re.S)
    return [block.encode() if kind == "proof" else block.strip("\n").encode() for block in blocks]


@functools.cache
def records() -> list[bytes]:
    """A record of each type."""
    return [record.canonical({**envelope(kind), **fields}) for kind, fields in FIELDS.items()]


def time_stamps() -> list[bytes]:
    """Tokens, the answer around one, and the text of a receipt."""
    token = _TSA.stamp(_DIGEST, _T_US)
    others = [_TSA.stamp(_DIGEST, _T_US, flaws) for flaws in (Flaws(hash_name="sha512"), Flaws(ess=("v1",)))]
    return [token, *others, response(token), response(b"", 2, "no"), format_stamp(token, [token[:9]]).encode()]


def _read_record(data: bytes) -> None:
    """Both ways of the verifier agree, and with the writer's reader."""
    try:
        found = read_record(data)
    except Malformed:
        found = None
    for kind in RECORDS:
        with suppress(Malformed):
            assert read_record(data, kind) == found
    try:
        ours: object = record.parse_record(data)
    except FormatInvalid:
        ours = None
    assert ours == found, "the verifier and the writer read a record differently"


def _read_document(data: bytes) -> None:
    try:
        found: object = read_document(data)
    except Malformed:
        found = None
    try:
        ours: object = seal.parse_document(data)
    except FormatInvalid:
        ours = None
    assert ours == found, "the verifier and the writer read a document differently"


def _read_note(data: bytes) -> None:
    text = data.decode("utf-8", "replace")
    for read in (
        lambda: note.split_note(data),
        lambda: note.open_note(data, [_LOG_KEY]),
        lambda: note.open_checkpoint(data, _LOG_KEY),
        lambda: note.parse_checkpoint(text),
        lambda: note.parse_vkey(text),
        lambda: parse_proof(text),
        lambda: verify_leaf_proof(text, bytes(32), _LOG_KEY),
    ):
        with suppress(EvidenceError):
            read()


def _read_time_stamp(data: bytes) -> None:
    """What is taken says what the authority has signed, whatever stands around it."""
    with suppress(FormatInvalid, LedgerError):
        read_response(data)
    for read in (lambda: check_token(data, _DIGEST), lambda: check_stamp(data.decode("utf-8", "replace"), _DIGEST)):
        with suppress(EvidenceError):
            stamp = read()
            _ROOTS.path(stamp)
            assert (stamp.t_us, stamp.signer) == (_T_US, _TSA.signer), "a time that nobody signed"


def _read_statement(data: bytes) -> None:
    """Permits, rotations, statements of a plant root: by those who act on them, and by the verifier."""
    text = data.decode("utf-8", "replace")
    for read in (
        lambda: permit.parse_permit(text),
        lambda: permit.open_permit(data, [bytes(32)]),
        lambda: parse_rotation(text),
        lambda: parse_root_statement(text),
    ):
        with suppress(EvidenceError):
            read()
    start = {**envelope("bypass-start"), **FIELDS["bypass-start"]}
    assert verify_bypass._read_permit(data, start)[0]
    rotate = {"statement": "0" * 64, "station": "demo", "old": "", "new": "", "first_shift": 1, "reason": ""}
    assert verify_keys._wrong(data, rotate)


def _read_log_policy(data: bytes) -> None:
    """Both verifiers take the same policies, and see the same witnesses in a note."""
    text = data.decode("utf-8", "replace")
    try:
        ours = parse_log_policy(text.encode())
    except FormatInvalid:
        ours = None
    try:
        theirs = independent.LogPolicy(text)
    except independent.Wrong:
        theirs = None
    assert (ours is not None and bool(ours.logs)) == (theirs is not None), "one verifier takes a policy, one does not"
    if ours is not None and theirs is not None:
        assert sorted(one.name for one in ours.witnesses) == sorted(one.name for one in theirs.witnesses.values())
        names = {one.name for one in ours.witnesses}
        assert ours.is_met(names) == theirs.is_met(names)


def _read_cosignatures(data: bytes) -> None:
    """Both verifiers see the same cosignatures in a checkpoint."""
    text = data.decode("utf-8", "replace")
    try:
        ours: object = parse_log_policy(witnesses.SHARED_POLICY.encode()).cosigned(text.encode())
    except EvidenceError:
        ours = None
    try:
        theirs: object = independent.LogPolicy(witnesses.SHARED_POLICY).times(text)
    except independent.Wrong:
        theirs = None
    assert ours == theirs, "the verifiers see different cosignatures"


def cosigned_notes() -> list[bytes]:
    """A checkpoint with cosignatures of both algorithms."""
    checkpoint = witnesses.Log().proof(0).checkpoint
    return [
        witnesses.cosigned(checkpoint, who, _T_US // 1_000_000).encode() for who in (witnesses.ALL[:2], witnesses.ALL)
    ]


def _read_tile(data: bytes) -> None:
    with suppress(EvidenceError):
        assert tiles.encode_entries(tiles.parse_entries(data)) == data
    with suppress(verify_tiles.LogDamaged):
        assert sum(end - start + 2 for start, end in verify_tiles._entry_ends(data, "here")) == len(data)


def _read_wal(data: bytes) -> None:
    state = verify_wal._scan(io.BytesIO(data))
    assert state.commits_lost >= 0


class Proofs:
    """Proofs of a part and of a lot, checked against the right keys and against none."""

    def __init__(self) -> None:
        station = build_proof_station(_folder() / "station", parts=3)
        keys = station.key.public_key, [station.log_vkey]
        self._policies = ProofPolicy(), ProofPolicy(keys[0], note.parse_vkey(station.log_vkey), SERIAL, "L-42")
        self.good = [part_proof(station.directory, SERIAL, *keys), lot_proof(station.directory, "L-42", *keys)]
        self._pool = scalars(self.good)

    def raw(self, data: bytes) -> None:
        """The file as it comes."""
        for policy in self._policies:
            assert verify_proof(data, policy).report.exit_code in (0, 1, 2)

    def content(self, data: bytes) -> None:
        """JSON with other values."""
        for _, piece in edited(self.good, self._pool, data):
            self.raw(piece)


class Bundles:
    """Both verifiers of bundles on the same one, under the same policy; they agree whether it is good.

    Args:
        bundle: A good one.
        policy: Of the auditor.
        member: Only this member gets other content; all of them if empty.
    """

    def __init__(self, bundle: Pieces, policy: str = "", member: str = "") -> None:
        self._members = [(name, _lines(name, data)) for name, data in bundle.members()]
        self._open = [name for name, _ in self._members if member in ("", name)]
        self._pieces = [line for name, lines in self._members for line in lines if name in self._open]
        self._pool = scalars(self._pieces)
        self._path = _folder() / "bundle.zip"
        self._file = self._path.with_name("policy.toml")
        self._file.write_text(policy, "utf-8")
        self._policy = parse_policy(policy.encode())

    def raw(self, data: bytes) -> None:
        """The file as it comes."""
        self._path.write_bytes(data)
        answer = independent.verify(str(self._path), str(self._file))
        report = verify_bundle(self._path, policy=self._policy)
        assert (answer["exit_code"] == 0) == (report.exit_code == 0), (answer["lines"][:3], str(report.first))

    def content(self, data: bytes) -> None:
        """A well-formed container with other content."""
        pieces = list(self._pieces)
        for at, piece in edited(self._pieces, self._pool, data):
            pieces[at] = piece
        changed, members = iter(pieces), []
        for name, lines in self._members:
            members.append((name, b"".join(next(changed) if name in self._open else line for line in lines)))
        self.raw(zip_of(members))

    @property
    def zip(self) -> bytes:
        """The good one."""
        return zip_of([(name, b"".join(lines)) for name, lines in self._members])


def _lines(name: str, data: bytes) -> list[bytes]:
    """A member in pieces that may be exchanged."""
    return [data] if name.endswith(".png") else data.splitlines(True)


class Stations:
    """A station directory with changed rows, or with a changed file of the database."""

    def __init__(self) -> None:
        self._station = _folder() / "station"
        build_station(self._station)
        self._database = (self._station / "records.sqlite").read_bytes()
        with closing(sqlite3.connect(self._station / "records.sqlite")) as database:
            self._rows = [row[0] for row in database.execute("SELECT bytes FROM record ORDER BY seq")]
            self._rows += [row[0] for row in database.execute("SELECT bytes FROM seal ORDER BY shift")]
            self._seals = len(database.execute("SELECT shift FROM seal").fetchall())
        self._pool = scalars(self._rows)

    def rows(self, data: bytes) -> None:
        """Other bytes of records and seals, each with the hash that belongs to them."""
        path = self._station / "records.sqlite"
        path.write_bytes(self._database)
        count = len(self._rows) - self._seals
        with closing(sqlite3.connect(path, isolation_level=None)) as database:
            database.execute("PRAGMA synchronous = OFF")
            database.execute("BEGIN")
            for at, piece in edited(self._rows, self._pool, data):
                if at < count:
                    change = "UPDATE record SET bytes = ?, hash = ? WHERE seq = ?"
                    database.execute(change, (piece, record.record_hash(piece), at + 1))
                else:
                    database.execute("UPDATE seal SET bytes = ? WHERE shift = ?", (piece, at - count + 1))
            database.execute("COMMIT")
        self._verify()

    def file(self, data: bytes) -> None:
        """Other bytes of the database file."""
        changes = [piece for _, piece in edited([self._database], self._pool[:1], data)]
        (self._station / "records.sqlite").write_bytes(changes[-1] if changes else self._database)
        self._verify()

    def _verify(self) -> None:
        report = verify_station(self._station, check_images=False)
        assert report.exit_code in (0, 1, 2)


EDITS = [bytes(10), b"\1\0\2\0\3\0\4\0", b"\5\0\7\0\1\0\1\0\1\0x", b"\7\0\3\0\2\0\5\0"]
"""Seeds of the targets that read their bytes as edits."""


@functools.cache
def targets() -> dict[str, Target]:
    """All targets by name; ten minutes for what `inspector verify` reads, ten for bundles, which two verifiers read."""
    notes = [*examples("proof"), *examples("vkey")]
    papers = [block for kind in ("permit", "rotation", "certificate", "revocation") for block in examples(kind)]
    bundles, stations, proofs = Bundles(honest()), Stations(), Proofs()
    erased = Bundles(erasures.pieces())
    witnessed = Bundles(witnesses.honest(), policy_text(witnesses.ASKS), "receipts.txt")
    return {
        "record": Target(_read_record, [*examples("record"), *records()], 60),
        "document": Target(_read_document, examples("seal"), 40),
        "note": Target(_read_note, notes, 60),
        "log-policy": Target(_read_log_policy, [witnesses.SHARED_POLICY.encode()], 30, 8_000),
        "cosignatures": Target(_read_cosignatures, cosigned_notes(), 30, 8_000),
        "statement": Target(_read_statement, papers, 60),
        "time-stamp": Target(_read_time_stamp, time_stamps(), 60, 20_000),
        "tile": Target(_read_tile, [tiles.encode_entries([b"entry", b"", b"x" * 300])], 20),
        "wal": Target(_read_wal, [bytes.fromhex("377f0682002de21800001000") + bytes(60)], 20),
        "proof-file": Target(proofs.raw, proofs.good, 50, 400_000),
        "proof-values": Target(proofs.content, EDITS, 70, 400),
        "station-file": Target(stations.file, EDITS, 80, 400),
        "station-rows": Target(stations.rows, EDITS, 140, 400),
        "bundle-container": Target(bundles.raw, [bundles.zip, erased.zip], 200, 400_000),
        "bundle-content": Target(bundles.content, EDITS, 240, 400),
        "bundle-erasures": Target(erased.content, EDITS, 80, 400),
        "bundle-witnesses": Target(witnessed.content, EDITS, 80, 400),
    }
