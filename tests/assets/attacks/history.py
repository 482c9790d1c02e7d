# SPDX-License-Identifier: Apache-2.0
"""A small history, and the bundle of it: honest, unless a change is given for whoever holds the station's key.

Everything is the same on each run: keys, salts and times come from fixed words. Nothing here checks what it writes,
since a dishonest station would not either.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from inspector.evidence import merkle, note
from inspector.evidence.keys import SigningKey
from inspector.evidence.proof import LogProof, format_proof

Json = dict[str, Any]
STATION, ORIGIN = "line-4", "example.com/plant-log"
BOOT, LINE_BOOT = "00000000000000b1", "00000000000000a1"
T0_US = 1_790_000_000_000_000
VERDICTS = ("PASS", "FAIL", "NO_DECISION", "LATE", "ERROR", "BYPASSED", "MISSING_IMAGE", "UNTRACKED")
SET = b'[[parts]]\nserial = "CH-1"\nclass = "scratch"\n'
LIST = b"serial,record\r\nSN-1,9\r\n"


def key_of(word: str) -> SigningKey:
    """The same key for the same word."""
    return SigningKey(Ed25519PrivateKey.from_private_bytes(hashlib.sha256(word.encode()).digest()))


STATION_KEY, NEW_KEY, LOG_KEY, QUALITY_KEY = key_of("station"), key_of("new"), key_of("log"), key_of("quality")
THIEF_KEY, OTHER_LOG_KEY, ROOT_KEY = key_of("thief"), key_of("other log"), key_of("plant root")
LOG_VKEY = note.NoteKey(ORIGIN, LOG_KEY.public_key).vkey()


def sha(data: bytes) -> str:
    """SHA-256 in hex."""
    return hashlib.sha256(data).hexdigest()


def spell(value: Json) -> bytes:
    """The canonical spelling."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode("utf-8")


def picture(number: int) -> bytes:
    """A grey PNG of 8 by 6 pixels, as long as all others."""
    import struct
    import zlib

    rows = b"".join(b"\0" + bytes((number * 31 + row * 8 + column) & 255 for column in range(8)) for row in range(6))

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    stored = (
        b"\x78\x01\x01"
        + struct.pack("<HH", len(rows), len(rows) ^ 0xFFFF)
        + rows
        + struct.pack(">I", zlib.adler32(rows))
    )
    header = struct.pack(">IIBBBBB", 8, 6, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", stored) + chunk(b"IEND", b"")


def permit(station: str = STATION, **changes: str) -> bytes:
    """A signed permit of a bypass that fits the time of the history."""
    values = {
        "station": station,
        "not-before": "2026-09-21T14:00:00Z",
        "not-after": "2026-09-21T15:00:00Z",
        "scope": "no-verdict",
        "parts": "2",
        "nonce": "0a" * 16,
        "by": "Kim, QA",
        "reason": "lamp broken",
        **{name.replace("_", "-"): value for name, value in changes.items()},
    }
    text = "inspector/bypass-permit/v1\n" + "".join(f"{name} {value}\n" for name, value in values.items())
    return note.sign_note(text, note.NoteKey("bypass-authority", QUALITY_KEY.public_key), QUALITY_KEY).encode("utf-8")


def nothing(history: History) -> None:
    """What happens at a step unless a change says otherwise."""


def root_statement(
    *lines: str, root: SigningKey = ROOT_KEY, title: str = "revocation", station: str = STATION
) -> bytes:
    """What a plant root says of the station's first key; the lines are those after `key`."""
    key = STATION_KEY.public_key.hex()
    text = "\n".join([f"inspector/key-{title}/v1", f"station {station}", f"key {key}", *lines])
    return note.sign_note(f"{text}\n", note.NoteKey("plant-root", root.public_key), root).encode()


def rotation(old: SigningKey, new: SigningKey, *signers: SigningKey, shift: int = 2, station: str = STATION) -> bytes:
    """The statement of a rotation, signed by both keys or by those that are given."""
    text = f"inspector/key-rotation/v1\nstation {station}\nold {old.public_key.hex()}\nnew {new.public_key.hex()}\n"
    text += f"first-shift {shift}\nreason yearly rotation\n"
    lines = [
        note_line(note.NoteKey("station-key", key.public_key), key.sign(text.encode())) for key in signers or (old, new)
    ]
    return (text + "\n" + "".join(lines)).encode("utf-8")


def note_line(key: note.NoteKey, signature: bytes) -> str:
    """A signature line of a signed note."""
    return f"— {key.name} {base64.b64encode(key.key_id + signature).decode()}\n"


@dataclass
class Changes:
    """What whoever holds the keys does differently.

    Attributes:
        record: Gets type, how many of this type came before, and the fields; may change the fields.
        document: The same for seals and heads.
        spelled: Gets type, number and canonical bytes of a record; returns the bytes that are kept.
        signature: Gets kind, shift and the signature of a seal or head; returns the one that is kept.
        proof: Gets how many receipts came before, and the proof; returns the one that is kept.
        skip: Records (type, number) that are left out.
        keys: Sign seals and heads of the first shift, and of those after the rotation.
        permit: The permit of the bypass.
        rotation: The statement of the rotation.
        steps: Called with the history at places named in `History.tell`.
    """

    record: Callable[[str, int, Json], object] = lambda kind, number, fields: None
    document: Callable[[str, int, Json], object] = lambda kind, shift, fields: None
    spelled: Callable[[str, int, bytes], bytes] = lambda kind, number, data: data
    signature: Callable[[str, int, bytes], bytes] = lambda kind, shift, signature: signature
    proof: Callable[[int, str], str] = lambda number, proof: proof
    skip: frozenset[tuple[str, int]] = frozenset()
    keys: tuple[SigningKey, SigningKey] = (STATION_KEY, NEW_KEY)
    permit: bytes = field(default_factory=permit)
    rotation: bytes | None = None
    steps: dict[str, Callable[[History], object]] = field(default_factory=dict)


@dataclass
class Signed:
    """A seal or head."""

    shift: int
    count: int
    data: bytes
    signature: bytes

    @property
    def line(self) -> bytes:
        """As in the bundle."""
        return (self.signature.hex().encode() or b"-") + b" " + self.data + b"\n"


class History:
    """Tells itself, record by record.

    Attributes:
        records: Bytes of each record.
        seals, heads: In their order.
        files: Other members of the bundle by name.
    """

    def __init__(self, changes: Changes | None = None, log: list[bytes] | None = None) -> None:
        self.changes = changes or Changes()
        self.records: list[bytes] = []
        self.seals: list[Signed] = []
        self.heads: list[Signed] = []
        self.files: dict[str, bytes] = {}
        self.log = [b"entry of another station"] if log is None else list(log)
        self._kinds: Counter[str] = Counter()
        self._prev, self._prev_seal = "0" * 64, "0" * 64
        self._receipts = 0
        self.key = self.changes.keys[0]
        self.ahead_us = 0
        self._ends = {"infeed": 40, "good_lane": 30, "reject_lane": 10, "camera:top": 7}
        self._begin()

    def _begin(self) -> None:
        self.first, self.leaves, self.tests = len(self.records) + 1, list[bytes](), set[str]()
        self.counts: Json = {"parts": 0, "gaps": 0, "gap_parts": 0, "verdicts": dict.fromkeys(VERDICTS, 0)}
        self.counts["outcomes"] = dict.fromkeys(("accept", "reject", "good", "reject_lane", "unknown"), 0)
        self.opened_us = self.closed_us = 0
        self.simulated = False

    @property
    def shift(self) -> int:
        """The one that the next record belongs to."""
        return len(self.seals) + 1

    @property
    def parts(self) -> int:
        """How many part records there are."""
        return self._kinds["part"]

    def record(self, kind: str, **fields: Any) -> str:
        """Append a record; its hash."""
        number = self._kinds[kind]
        self._kinds[kind] += 1
        if (kind, number) in self.changes.skip:
            return "f" * 64
        seq = len(self.records) + 1
        whole: Json = {"v": 1, "type": kind, "station": STATION, "seq": seq, "shift": self.shift, "prev": self._prev}
        whole |= {
            "salt": sha(b"salt %d" % seq)[:32],
            "t_us": T0_US + self.ahead_us + seq * 1_000_000,
            "mono_us": seq * 1_000_000,
            "boot": BOOT,
        }
        whole |= fields
        self.changes.record(kind, number, whole)
        data = self.changes.spelled(kind, number, spell(whole))
        digest = merkle.leaf_hash(data)
        self.records.append(data)
        self.leaves.append(digest)
        self._prev = digest.hex()
        self._count(whole)
        return self._prev

    def _count(self, r: Json) -> None:
        kind = r["type"]
        if kind == "part" and r["purpose"] == "challenge":
            self.tests.add(self._prev)
            self.counts["challenge"] = len(self.tests)
        elif kind == "part":
            self.counts["parts"] += 1
            self.counts["verdicts"][r["verdict"]] = self.counts["verdicts"].get(r["verdict"], 0) + 1
        elif kind == "outcome" and r["part"] not in self.tests:
            self.counts["outcomes"][r["commanded"]] += 1
            self.counts["outcomes"]["reject_lane" if r["confirmed"] == "reject" else r["confirmed"]] += 1
        elif kind == "gap":
            self.counts["gaps"] += 1
            self.counts["gap_parts"] += r["count"]
        elif kind == "shift-open":
            self.opened_us, self.simulated = r["t_us"], any(camera["simulated"] for camera in r["cameras"])

    def step(self, name: str) -> None:
        """Let a change do something here."""
        self.changes.steps.get(name, nothing)(self)

    def document(self, data: bytes) -> str:
        """Keep a document; its hash."""
        self.files[f"documents/{sha(data)}"] = data
        return sha(data)

    def open_shift(self, lot: str, **more: Any) -> None:
        """A shift-open record with its documents."""
        camera: Json = {"name": "top", "vendor": "Acme", "model": "GC-1", "serial": "77", "firmware": "1.0"}
        camera |= {
            "producer_sha256": sha(b"producer"),
            "settings_digest": self.document(b"camera settings\n"),
            "simulated": False,
        }
        self.recipe, self.model = self.document(b"recipe\n"), self.document(b"model manifest\n")
        self.record(
            "shift-open",
            opened_by=sha(b"operator"),
            lot=lot,
            recipe={"name": "disc", "digest": self.recipe},
            model={"name": "disc-n", "digest": self.model, "backend": "openvino", "precision": "f32"},
            cameras=[camera],
            line={"backend": "modbus", "simulated": False},
            ledger_checkpoint=None,
            prev_seal=self._prev_seal,
            **more,
        )

    def part(
        self, serial: str, verdict: str, *, purpose: str = "production", image: str = "stored", outcome: bool = True
    ) -> str:
        """A part with image and outcome; its hash."""
        number = self._kinds["part"] + 1
        key, pixels = {"line_boot": LINE_BOOT, "part_seq": number}, sha(b"pixels %d" % number)
        found = [{"class": "scratch", "score_ppm": 830_000, "box_16": [16, 16, 48, 40]}] if verdict == "FAIL" else []
        shot = {"alg": "pixels-sha256/1", "digest": pixels, "width": 8, "height": 6, "pixel_format": "Mono8"}
        view = {
            "camera": "top",
            "frame_id": number,
            "t_camera_us": number * 1000,
            "image": shot,
            "verdict": verdict,
            "reason": verdict,
        }
        view |= {"gate": {"brightness_milli": 120_000, "sharpness_milli": 90_000, "failed": []}, "detections": found}
        digest = self.record(
            "part",
            key=key,
            plc_count=40 + number,
            purpose=purpose,
            verdict=verdict,
            reason=verdict,
            t_edge_us=T0_US + number * 1_000_000,
            serial={"text": serial, "source": "scanner"},
            views=[view] if image else [],
            model_digest=self.model,
            recipe_digest=self.recipe,
            latency_us=34_000,
        )
        if image == "stored":
            file = picture(number)
            self.files[f"images/{pixels[:2]}/{pixels}.png"] = file
            common = {"part": digest, "camera": "top", "image_digest": pixels}
            self.record("image-stored", **common, file_sha256=sha(file), size=len(file), codec="png")
        elif image:
            self.record("image-lost", part=digest, camera="top", image_digest=pixels, reason="power loss")
        if outcome:
            accepted = verdict in ("PASS", "BYPASSED") and purpose == "production"
            went = {"commanded": "accept" if accepted else "reject", "confirmed": "good" if accepted else "reject"}
            self.record("outcome", key=key, part=digest, reason=verdict, **went)
        return digest

    def statement(self, kind: str) -> Signed:
        """A signed head, or the seal that ends the shift."""
        shift = self.shift
        fields: Json = {
            "v": 1,
            "type": kind,
            "station": STATION,
            "shift": shift,
            "first": self.first,
            "count": len(self.leaves),
        }
        fields |= {"head": self._prev, "root": merkle.root(self.leaves).hex(), "prev_seal": self._prev_seal}
        fields |= {"t_us": T0_US + self.ahead_us + len(self.records) * 1_000_000 + 1, "key": sha(self.key.public_key)}
        fields |= {"simulated": self.simulated}
        if kind == "seal":
            fields |= {"t_open_us": self.opened_us, "t_close_us": self.closed_us, "counts": self.counts}
            fields |= {"independent": self.independent}
        self.changes.document(kind, shift, fields)
        data = spell(fields)
        signature = self.key.sign(f"inspector/{kind}/v1\0".encode() + data)
        signed = Signed(shift, fields["count"], data, self.changes.signature(kind, shift, signature))
        (self.seals if kind == "seal" else self.heads).append(signed)
        if kind == "seal":
            self._prev_seal = sha(data)
            self._begin()
        return signed

    def receipt(self, signed: Signed) -> None:
        """Log a document and record the receipt."""
        self.record("receipt", **self.prove(signed))

    def prove(self, signed: Signed) -> Json:
        """The fields of the receipt of a seal or head."""
        return self.log_entry(signed.data + signed.signature, sha(signed.data))

    def log_entry(self, entry: bytes, digest: str) -> Json:
        """Log an entry; the fields of its receipt."""
        self.log.append(entry)
        leaves = [merkle.leaf_hash(entry) for entry in self.log]
        checkpoint = note.Checkpoint(ORIGIN, len(leaves), merkle.root(leaves))
        text = note.sign_checkpoint(checkpoint, LOG_KEY, LOG_KEY.public_key)
        index = len(leaves) - 1
        proof = format_proof(LogProof(index, tuple(merkle.inclusion_proof(leaves, index)), text))
        proof = self.changes.proof(self._receipts, proof)
        self._receipts += 1
        return {"seal": digest, "ledger": {"kind": "tlog", "origin": ORIGIN}, "index": index, "proof": proof}

    def close_shift(self) -> None:
        """Counts, shift-close and seal."""
        parts = self.counts["parts"] + self.counts["gap_parts"] + self.counts.get("challenge", 0)
        good = self.counts["outcomes"]["good"]
        counted = {"infeed": parts, "good_lane": good, "reject_lane": parts - good, "camera:top": parts}
        sources = {"infeed": "plc", "good_lane": "lane", "reject_lane": "lane", "camera:top": "camera"}
        counters = [
            {
                "name": name,
                "source": sources[name],
                "simulated": False,
                "since": "1",
                "start": at,
                "end": at + counted[name],
            }
            for name, at in self._ends.items()
        ]
        self._ends = {counter["name"]: counter["end"] for counter in counters}
        self.independent: Json = {"counters": counters, "bounces": 0, "removed_by_hand": 0, "differences": []}
        self.independent["established_by"] = ["infeed", "lanes", "camera:top"]
        told = {"plc_count": parts, "station": parts, "difference": 0, "note": "", "independent": self.independent}
        counts = json.loads(json.dumps(self.counts))
        self.closed_us = T0_US + self.ahead_us + (len(self.records) + 1) * 1_000_000
        self.record("shift-close", closed_by=sha(b"operator"), counts=counts, reconciliation=told)
        self.receipt(self.statement("seal"))

    def challenge(self, *, passed: bool = True) -> None:
        """A challenge with its one registered part."""
        digest = self.document(SET)
        start = self.record("challenge-start", started_by=sha(b"operator"), set=digest, parts=1, presentations=1)
        part = self.part("CH-1", "FAIL" if passed else "NO_DECISION", purpose="challenge")
        self.step("challenge")
        result = {"part": part, "serial": "CH-1", "class": "scratch", "found": passed, "rejected": True}
        listed = {"file": "passed.csv", "sha256": sha(LIST), "parts": 1}
        if not passed:
            self.files["challenge/passed.csv"] = LIST
        self.record(
            "challenge",
            start=start,
            result="passed" if passed else "failed",
            reason="",
            parts_in=1,
            parts_out=1,
            results=[result],
            missing=[],
            passed_since=None if passed else listed,
        )

    def bypass(self) -> None:
        """Two parts pass without a verdict, under a permit."""
        digest = self.document(self.changes.permit)
        seq = len(self.records) + 1
        start = self.record(
            "bypass-start",
            started_by=sha(b"operator"),
            permit=digest,
            authority=QUALITY_KEY.public_key.hex(),
            nonce="0a" * 16,
            scope="no-verdict",
            parts=2,
            ends_us=T0_US + (seq + 60) * 1_000_000,
            ends_mono_us=(seq + 60) * 1_000_000,
        )
        self.part("SN-4", "BYPASSED", image="")
        self.step("bypass")
        self.part("SN-5", "BYPASSED", image="")
        self.record("bypass-end", start=start, why="stopped", ended_by=sha(b"operator"))

    def rotate(self, new: SigningKey | None = None) -> None:
        """The new key takes over."""
        old, new = self.key, new or self.changes.keys[1]
        statement = self.changes.rotation or rotation(old, new, shift=self.shift)
        digest, shift = self.document(statement), self.shift
        keys = {"old": old.public_key.hex(), "new": new.public_key.hex()}
        self.record(
            "key-rotate", statement=digest, **keys, first_shift=shift, by=sha(b"admin"), reason="yearly rotation"
        )
        self.record("receipt", **self.log_entry(statement, digest))
        self.key = new

    def root_says(self, statement: bytes) -> None:
        """A key-statement record with its document."""
        kind = "certificate" if b"key-certificate" in statement else "revocation"
        root, key = ROOT_KEY.public_key.hex(), STATION_KEY.public_key.hex()
        digest = self.document(statement)
        self.record("key-statement", says=kind, statement=digest, root=root, key=key, by=sha(b"admin"))

    def tell(self) -> History:
        """Two sealed shifts and an open one."""
        self.record("station-start", software={"version": "0.1.0", "python": "3.11.7"}, reason="start")
        self.open_shift("L-1")
        self.challenge()
        self.part("SN-1", "PASS")
        self.receipt(self.statement("head"))
        self.part("SN-2", "FAIL")
        self.part("SN-3", "NO_DECISION", image="lost")
        key = {"line_boot": LINE_BOOT, "gap_seq": 1}
        self.record("gap", key=key, first_plc_count=60, count=2, source="plc", reason="line process restarted")
        self.bypass()
        self.step("before close")
        self.close_shift()
        self.step("shift 2")
        self.rotate()
        self.open_shift("L-2")
        self.part("SN-6", "PASS")
        self.challenge(passed=False)
        self.record("signature", signer=sha(b"operator"), meaning="shift closed", method="password", target=self._prev)
        self.close_shift()
        self.step("shift 3")
        self.open_shift("L-2")
        self.part("SN-7", "FAIL")
        self.receipt(self.statement("head"))
        self.part("SN-8", "PASS", outcome=False)
        return self
