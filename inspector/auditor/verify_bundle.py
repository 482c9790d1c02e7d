#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Check an audit bundle of an inspection station, without trusting the station, the plant, or the maker's software.

    python verify_bundle.py BUNDLE.zip --policy POLICY.toml [--json] [--html REPORT.html] [--no-images]

Needs Python 3.11 and the package `cryptography`; no network. The policy holds what you know from elsewhere
(docs/formats.md, section 12): the station's key, logs, their witnesses, the newest seal. Nothing in the bundle is a
reason to trust it. The bundle is read once, front to back: container, seals and heads, then record by record the chain,
each shift's tree and counts against its seal, parts, images, challenges, bypasses, log proofs, cosignatures. Each
finding names its rule (docs/formats.md, section 9). Exit codes: 0 valid, 1 could not check, 2 tampering. What was not
checked is said, and belongs to the answer.

How to read this file. First comes what holds against everybody who does not have the station's key, in the order in
which it happens: container, canonical JSON, log proofs, policy, `Bundle` (each record against the one before), `Shifts`
(records against seals and heads), `Keys`, `Roots`, `Receipts`. From `Parts` on each class checks what the records say
of one thing, against a station that lies under its own key; each can be read alone. Shapes of records are the table
SHAPES; a rule is found by its name.
"""

from __future__ import annotations

import argparse
import base64
import bisect
import hashlib
import html
import json
import re
import struct
import sys
import tomllib
import unicodedata
import zipfile
from array import array
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

try:
    from cryptography.hazmat.primitives.asymmetric import mldsa
except ImportError:  # an older one: policies with such witnesses are refused
    mldsa = None  # type: ignore[assignment]

Json = dict[str, Any]
Test = Callable[[Any], bool]
SAFE, LONGEST_RECORD, ZEROS, END = 2**53 - 1, 65_000, "0" * 64, 2**63
TAMPERED, UNCHECKED, WARNING = SEVERITIES = ("TAMPERED", "COULD NOT CHECK", "WARNING")


# ----------------------------------------------------------------------------------------------------------- the answer
class Wrong(Exception):
    """Something does not fit: the rule, and what is wrong."""


class CannotCheck(Exception):
    """Something outside of the evidence is in the way."""


def need(good: object, rule: str, message: str) -> None:
    """Stop reading this thing unless `good`."""
    if not good:
        raise Wrong(rule, message)


class Report:
    """Findings, what was looked at, what follows from it, and what was not checked."""

    def __init__(self) -> None:
        self.findings: list[Json] = []
        self.total: Counter[str] = Counter()
        self.checked: Counter[str] = Counter()
        self.statements: list[str] = []
        self.not_checked: list[str] = []
        self.station = self.key = ""

    def must(
        self, good: object, rule: str, at: int | str, message: str, seq: int = END, severity: str = TAMPERED
    ) -> bool:
        """A finding unless `good`; a place that is a number is that record."""
        if not good:
            place, seq = (f"record {at}", at) if isinstance(at, int) else (at, seq)
            self.total[severity] += 1
            if self.total[severity] <= 500:
                found = {"severity": severity, "rule": rule, "place": place, "message": message, "record": seq}
                self.findings.append(found)
        return bool(good)

    def skip(self, good: object, sentence: str) -> None:
        """Say once that something was not checked, unless `good`."""
        if not good and sentence not in self.not_checked:
            self.not_checked.append(sentence)

    def answer(self) -> Json:
        """Everything, the worst first, in the order of the records."""
        code = 2 if self.total[TAMPERED] else 1 if self.total[UNCHECKED] else 0
        self.findings.sort(key=lambda f: (SEVERITIES.index(f["severity"]), f["record"], f["place"][:6] != "record"))
        lines = [f"{f['severity']} {f['place']}, rule {f['rule']}: {f['message']}" for f in self.findings]
        return {
            "verdict": ("VERIFIED", UNCHECKED, TAMPERED)[code],
            "exit_code": code,
            "station": self.station,
            "key": self.key,
            "first": lines[0] if code else None,
            "lines": lines,
            "findings": [{**f, "record": None if f["record"] == END else f["record"]} for f in self.findings],
            "findings_total": sum(self.total.values()),
            "checked": dict(self.checked),
            "statements": self.statements,
            "not_checked": self.not_checked,
        }


# ------------------------------------------------------------------------------------- the container (formats.md, 11.1)
MEMBERS = [
    *map(re.compile, (r"bundle\.json", r"records\.jsonl", r"seals\.txt", r"heads\.txt", r"receipts\.txt")),
    *map(re.compile, (r"erasures\.jsonl", r"keys/station\.pub", r"keys/log\.vkey", "documents/[0-9a-f]{64}")),
    *map(re.compile, (r"challenge/(?!\.)[A-Za-z0-9._-]{1,64}", r"images/([0-9a-f]{2})/\1[0-9a-f]{62}\.png")),
]
NEEDED, SORTED = {"bundle.json", "records.jsonl", "seals.txt", "heads.txt", "receipts.txt"}, (8, 9)
BIG = 0xFFFFFFFF


def plain_headers(info: zipfile.ZipInfo, offset: int) -> tuple[bytes, bytes]:
    """The only headers that a member may have: before its bytes, and in the directory."""
    name, size, crc = info.orig_filename.encode(), info.file_size, info.CRC
    local, central = [size] * 2 if size >= BIG else [], [size] * 2 if size >= BIG else []
    central += [offset] if offset >= BIG else []
    more, all_more = (struct.pack(f"<HH{len(n)}Q", 1, 8 * len(n), *n) if n else b"" for n in (local, central))
    head = struct.pack("<4H3I2H", 0, 0, 0, 33, crc, min(size, BIG), min(size, BIG), len(name), len(more))
    entry = struct.pack("<4H3I2H", 0, 0, 0, 33, crc, min(size, BIG), min(size, BIG), len(name), len(all_more))
    start = b"PK\3\4" + struct.pack("<H", 45 if local else 20) + head + name + more
    version = struct.pack("<HH", 0x032D if central else 0x0314, 45 if central else 20)
    return start, b"PK\1\2" + version + entry + struct.pack(
        "<3H2I", 0, 0, 0, 0x01800000, min(offset, BIG)
    ) + name + all_more


def check_container(archive: zipfile.ZipFile, file: BinaryIO) -> None:
    """One plain form only, with no free bit, so that two readers cannot see two things in it."""
    end, previous, names, directory = 0, (-1, ""), set(), b""
    for info in archive.infolist():
        name = info.orig_filename
        rank = next((number for number, pattern in enumerate(MEMBERS) if pattern.fullmatch(name)), -1)
        need(
            rank >= 0, "BUNDLE-01" if not name.isascii() or ".." in name else "BUNDLE-02", f"{name!a:.99} is no member"
        )
        position = (rank, name if rank in SORTED else "")
        need(
            name not in names and position >= previous, "BUNDLE-01", f"member {name} is there twice or not in its order"
        )
        local, central = plain_headers(info, end)
        file.seek(end)
        good = info.header_offset == end and file.read(len(local)) == local
        need(good, "BUNDLE-01", f"member {name} is not stored plainly, or does not stand where it should")
        end, previous, directory = end + len(local) + info.file_size, position, directory + central
        names.add(name)
    count, size = len(names), len(directory)
    if count >= 0xFFFF or size >= BIG or end >= BIG:
        record = struct.pack("<4sQ2H2I4Q", b"PK\6\6", 44, 45, 45, 0, 0, count, count, size, end)
        directory += record + struct.pack("<4sIQI", b"PK\6\7", 0, end + size, 1)
    few, small, place = min(count, 0xFFFF), min(size, BIG), min(end, BIG)
    directory += struct.pack("<4s4H2IH", b"PK\5\6", 0, 0, few, few, small, place, 0)
    file.seek(end)
    need(
        file.read(len(directory) + 1) == directory,
        "BUNDLE-01",
        "its directory is not of the plain form, or not the end",
    )
    need(names >= NEEDED, "BUNDLE-02", f"members are missing: {sorted(NEEDED - names)}")


# ---------------------------------------------------------------------------------- canonical JSON and the shapes of it
# One shape a line. Types: those of TEXTS and NUMBERS, bool, box (four edges), packages, a|b|c (one of these words), or
# an object that stands above. `*9`: a list of at most 9. `?`: may be null. `~name`: may be absent.
SHAPES = """
Key           line_boot:hex16 part_seq:n1
GapKey        line_boot:hex16 gap_seq:n1
Named         name:label digest:hash
Software      version:label python:label ~packages:packages
Model         name:label digest:hash backend:label precision:label
Camera        name:label vendor:label model:label serial:label firmware:label producer_sha256:hash
              settings_digest:hash simulated:bool
Line          backend:label simulated:bool
Checkpoint    origin:label size:n root:hash
Serial        text:label source:label
Image         alg:pixels-sha256/1 digest:hash width:px height:px
              pixel_format:Mono8|BayerRG8|BayerGR8|BayerGB8|BayerBG8|RGB8|BGR8
Gate          brightness_milli:n sharpness_milli:n failed:name*32
Detection     class:name score_ppm:ppm box_16:box
View          camera:label frame_id:n? t_camera_us:n? image:Image? gate:Gate? verdict:verdict reason:reason
              detections:Detection*100
Verdicts      PASS:n FAIL:n NO_DECISION:n LATE:n ERROR:n BYPASSED:n MISSING_IMAGE:n UNTRACKED:n
Outcomes      accept:n reject:n good:n reject_lane:n unknown:n
Counts        parts:n gaps:n gap_parts:n verdicts:Verdicts outcomes:Outcomes ~challenge:n1
Counter       name:tag source:plc|lane|camera simulated:bool since:short start:n? end:n?
Difference    between:name number:int words:words
Independent   counters:Counter*20 bounces:n removed_by_hand:n differences:Difference*40 established_by:tag*20
Told          plc_count:n? station:n difference:int? note:reason ~independent:Independent
Result        part:hash serial:label class:name? found:bool rejected:bool
List          file:sid sha256:hash parts:n
Ledger        kind:label origin:label
Keep          class:pass|not-pass|challenge? recipe:title? customer:title? keep_days:days?
Retention     format:inspector-retention/1 name:title rules:Keep*100
HoldScope     lot:label? serial:label? from_us:n? to_us:n? defect:name?
InForce       name:title digest:hash
Scope         kind:shift|lot|time|all value:label
Release       document:hash proposal:hash approval:hash report:hash proposer:hash approver:hash
station-start software:Software reason:reason
shift-open    opened_by:hash lot:label recipe:Named model:Model cameras:Camera*16 line:Line
              ledger_checkpoint:Checkpoint? prev_seal:hash ~retention:InForce ~customer:title
part          key:Key plc_count:n purpose:production|challenge verdict:verdict reason:reason t_edge_us:n serial:Serial?
              views:View*16 model_digest:hash? recipe_digest:hash? latency_us:n
outcome       key:Key part:hash commanded:accept|reject confirmed:good|reject|unknown reason:reason
image-stored  part:hash camera:label image_digest:hash file_sha256:hash size:n1 codec:png
image-lost    part:hash camera:label image_digest:hash reason:reason
image-erased  part:hash camera:label image_digest:hash rule:hash reason:reason erased_by:hash?
hold          name:title scope:HoldScope by:hash reason:reason
hold-end      hold:hash by:hash reason:reason
review        part:hash record:n1 finding:agree|not-a-defect|unsure class:name? by:hash role:operator|team-lead|qa?
              login:hash? note:reason
gap           key:GapKey first_plc_count:n? count:n source:label reason:reason
state         state:label reasons:reason*32
challenge-start started_by:hash set:hash parts:n1 presentations:n1
challenge     start:hash result:passed|failed reason:reason parts_in:n parts_out:n results:Result*200 missing:label*200
              passed_since:List?
bypass-start  started_by:hash permit:hash authority:hash nonce:hex32 scope:no-verdict|all parts:n1 ends_us:n
              ends_mono_us:n
bypass-end    start:hash why:time-over|stopped|parts-used-up|shift-closed|restart ended_by:hash?
shift-close   closed_by:hash counts:Counts reconciliation:Told
key-rotate    statement:hash old:hash new:hash first_shift:n1 by:hash reason:reason
key-statement says:certificate|revocation statement:hash root:hash key:hash by:hash
signature     signer:hash meaning:label method:label target:hash ~role:label ~statement:hash ~takes_over:hash
login         person:hash? result:ok|failed|locked method:password|badge[+]pin|opc-ua source:label
logout        login:hash why:logout|idle|elsewhere|user-changed
user-change   user:hash action:added|role|password|badge|disabled|enabled|erased old:label? new:label? by:hash?
              why:words store:hash?
setup         settings:hash program:hash recipe:hash model:hash users:hash?
change        what:setting|recipe|threshold|model|program|user|clock name:label old:reason? new:reason? by:hash?
              why:words ~release:Release
alarm         code:tag cause:words action:words
alarm-answer  code:tag answer:acknowledged|shelved|unshelved by:hash until_us:n? reason:reason
export        what:bundle|certificate|proof|reviews about:title sha256:hash size:n by:hash? role:label?
receipt       seal:hash ledger:Ledger index:n proof:proof
seal          shift:n1 first:n1 count:n1 head:hash root:hash t_us:n prev_seal:hash key:hash simulated:bool t_open_us:n
              t_close_us:n counts:Counts ~independent:Independent
head          shift:n1 first:n1 count:n1 head:hash root:hash t_us:n prev_seal:hash key:hash simulated:bool
bundle        scope:Scope first:n1 count:n1 first_shift:n1 last_shift:n1 prev:hash prev_seal:hash images:bool
"""
TOP = "v:one type:label station:sid "
ENVELOPE = TOP + "seq:n1 shift:n1 salt:hex32 prev:hash t_us:n mono_us:n boot:hex16 "
TEXTS = {"hash": "[0-9a-f]{64}", "hex16": "[0-9a-f]{16}", "hex32": "[0-9a-f]{32}", "sid": "[A-Za-z0-9._-]{1,64}"}
TEXTS |= {"label": ".{0,200}", "reason": ".{0,1000}", "name": ".{1,100}", "short": ".{0,64}", "tag": ".{1,64}"}
TEXTS |= {"words": ".{1,1000}", "proof": ".{1,16000}", "text": ".{1,65000}", "title": ".{1,200}"}
TEXTS["verdict"] = "PASS|FAIL|NO_DECISION|LATE|ERROR|BYPASSED|MISSING_IMAGE|UNTRACKED"
NUMBERS = {
    "n": (0, SAFE),
    "n1": (1, SAFE),
    "int": (-SAFE, SAFE),
    "px": (1, 65_535),
    "ppm": (0, 1_000_000),
    "one": (1, 1),
    "days": (1, 36_500),
}
NUMBERS["edge"] = (-(2**31), 2**31)
LINES = re.sub(r"\n\s+", " ", SHAPES).strip().splitlines()
OBJECTS = dict(line.split(maxsplit=1) for line in LINES)


def type_test(spec: str) -> Test:
    """A function that tells whether a value fits a type."""
    kind, star, most = spec.removesuffix("?").partition("*")
    if spec.endswith("?"):
        inner = type_test(spec[:-1])
        return lambda value: value is None or inner(value)
    if star:
        inner, limit = type_test(kind), int(most)
        return lambda value: type(value) is list and len(value) <= limit and all(map(inner, value))
    if spec in OBJECTS:
        return object_test(OBJECTS[spec])
    if spec in NUMBERS:
        low, high = NUMBERS[spec]
        return lambda value: type(value) is int and low <= value <= high
    if spec == "bool":
        return lambda value: type(value) is bool
    if spec == "box":
        inner = type_test("edge")
        return lambda value: type(value) is list and len(value) == 4 and all(map(inner, value))
    if spec == "packages":
        inner = type_test("label")
        return lambda value: type(value) is dict and len(value) <= 200 and all(map(inner, value.values()))
    match = re.compile(TEXTS.get(spec, spec), re.DOTALL).fullmatch
    return lambda value: type(value) is str and match(value) is not None


def object_test(shape: str) -> Test:
    """The same for an object with exactly these fields."""
    fields = [field.split(":") for field in shape.split()]
    needed = [(name, type_test(kind)) for name, kind in fields if name[0] != "~"]
    extra = [(name[1:], type_test(kind)) for name, kind in fields if name[0] == "~"]

    def test(value: Any) -> bool:
        if type(value) is not dict or not all(name in value and fits(value[name]) for name, fits in needed):
            return False
        more = len(value) - len(needed)
        return more == 0 or more == sum(name in value and fits(value[name]) for name, fits in extra)

    return test


DOCUMENTS = {kind: {kind: object_test(TOP + OBJECTS[kind])} for kind in ("seal", "head", "bundle")}
RECEIPT = {"": object_test(OBJECTS["receipt"])}
ERASURES = {"": object_test("shift:n1 records:text*20 hashes:hash*1000")}
RETENTION = {"": object_test(OBJECTS["Retention"])}
RECORDS = {
    kind: object_test(ENVELOPE + OBJECTS[kind]) for kind in OBJECTS if kind[0].islower() and kind not in DOCUMENTS
}
ENCODER = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def is_normal(value: Any) -> bool:
    """Text in Unicode normal form C, keys in ASCII."""
    if isinstance(value, dict):
        return all(key.isascii() and is_normal(item) for key, item in value.items())
    return all(map(is_normal, value)) if isinstance(value, list) else unicodedata.is_normalized("NFC", str(value))


def read_json(data: bytes, tests: dict[str, Test]) -> Json:
    """An object whose one allowed spelling these bytes are; of a duplicate key one is gone, so the spelling differs."""
    try:
        value: Any = json.loads(data.decode("utf-8")) if len(data) <= LONGEST_RECORD else None
        canonical = type(value) is dict and ENCODER.encode(value).encode("utf-8") == data
    except (ValueError, RecursionError) as error:
        raise Wrong("FORMAT-01", f"not JSON in UTF-8: {error}") from error
    need(canonical, "FORMAT-01", "the bytes are not the canonical spelling of a JSON object, or too many")
    need(data.isascii() or is_normal(value), "FORMAT-01", "text is not in normal form C, or a key is not ASCII")
    kind = value.get("type", "")
    need(isinstance(kind, str) and kind in tests, "FORMAT-02", f"type {kind!a:.60} is unknown")
    need(tests[kind](value), "FORMAT-02", f"{kind}: a field is missing, unknown or out of range")
    return dict(value)


# --------------------------------------------------------------------------------------- hashes, signatures, log proofs
def sha256(data: bytes) -> bytes:
    """The only hash."""
    return hashlib.sha256(data).digest()


class Tree:
    """RFC 6962 tree that grows by leaf hashes: roots of complete subtrees, the largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.peaks: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """One more leaf hash."""
        size = self.size = self.size + 1
        while not size & 1:
            leaf, size = sha256(b"\x01" + self.peaks.pop() + leaf), size >> 1
        self.peaks.append(leaf)

    def root(self) -> str:
        """In hex."""
        root = self.peaks[-1]
        for peak in reversed(self.peaks[:-1]):
            root = sha256(b"\x01" + peak + root)
        return root.hex()


def root_of_path(leaf: bytes, index: int, size: int, path: list[bytes]) -> bytes:
    """Where an inclusion path leads (RFC 9162, 2.1.3.2)."""
    last = size - 1
    for sibling in path:
        need(last, "LEDGER-01", "the proof is too long")
        if index & 1 or index == last:
            leaf = sha256(b"\x01" + sibling + leaf)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            leaf = sha256(b"\x01" + leaf + sibling)
        index, last = index >> 1, last >> 1
    need(last == 0, "LEDGER-01", "the proof is too short")
    return leaf


def root_of_subset(leaves: dict[int, bytes], start: int, end: int, rest: Iterator[bytes]) -> bytes:
    """The root over leaves `start` to `end` - 1, of which some are known and subtrees without them given (13.1)."""
    if not any(start <= at < end for at in leaves):
        return next(rest, b"")
    if end - start == 1:
        return leaves[start]
    middle = start + (1 << (end - start - 1).bit_length() - 1)
    left = root_of_subset(leaves, start, middle, rest)
    return sha256(b"\x01" + left + root_of_subset(leaves, middle, end, rest))


def is_signed(key: bytes, signature: bytes, message: bytes) -> bool:
    """Ed25519 (RFC 8032)."""
    try:
        Ed25519PublicKey.from_public_bytes(key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def decode(text: str) -> bytes:
    """Base64 in its one spelling."""
    try:
        data = base64.b64decode(text.encode("ascii"), validate=True)
    except ValueError as error:
        raise Wrong("LEDGER-01", "a line is not base64") from error
    need(base64.b64encode(data).decode() == text, "LEDGER-01", "a line is not base64 in its one spelling")
    return data


def decimal(text: str) -> int:
    """A number in its one spelling."""
    need(re.fullmatch("0|[1-9][0-9]{0,17}", text), "LEDGER-01", "a number of the proof is malformed")
    return int(text)


def read_vkey(line: str, sizes: dict[int, int] | None = None) -> tuple[str, int, bytes]:
    """Name, signature type and raw key of a verifier key line (c2sp.org/signed-note), Ed25519 unless sizes say more."""
    name, key_id, encoded = [*line.strip().split("+", 2), "", ""][:3]
    material, sizes = decode(encoded), sizes or {1: 32}
    good = name.isprintable() and len(name.split()) == 1 and name == name.strip()
    good = good and len(material) - 1 == sizes.get(material[0] if material else -1)
    good = good and sha256(f"{name}\n".encode() + material)[:4].hex() == key_id
    need(good, "KEY-01", "it is not a verifier key line of a key that fits")
    return name, material[0], material[1:]


def split_note(note: str) -> tuple[str, list[tuple[str, bytes, bytes]]]:
    """Text of a signed note, and of each signature the name of the key, its id, and the rest."""
    text, blank, tail = note.rpartition("\n\n")
    good = blank and tail.endswith("\n") and all(letter >= " " or letter == "\n" for letter in text)
    need(good and len(note) < 64_000, "LEDGER-01", "the note has no signatures, or control characters, or is too long")
    lines, signatures = tail[:-1].split("\n"), []
    need(len(lines) <= 64, "LEDGER-01", "the note has more than 64 signatures")
    for line in lines:
        dash, signer, encoded = [*line.split(" "), "", ""][:3]
        blob = decode(encoded)
        good = signer.isprintable() and "+" not in signer and len(signer.split()) == 1 and signer == signer.strip()
        good = good and dash == "—" and line.count(" ") == 2 and len(blob) > 4
        need(good, "LEDGER-01", "a signature line is malformed")
        signatures.append((signer, blob[:4], blob[4:]))
    return text + "\n", signatures


def open_note(note: str, name: str, key: bytes) -> str:
    """The text of a note signed by this key; a bad signature of it refuses the note."""
    (text, signatures), signed = split_note(note), False
    for signer, key_id, signature in signatures:
        if (signer, key_id) == (name, sha256(f"{name}\n\1".encode() + key)[:4]):
            need(is_signed(key, signature, text.encode()), "LEDGER-01", f"the signature of {name} does not verify")
            signed = True
    need(signed, "LEDGER-01", f"{name} did not sign it")
    return text


def check_log_proof(text: str, leaf: bytes, log: tuple[str, bytes]) -> tuple[int, int, str]:
    """Index, size and root of the log that a proof leads to (c2sp.org/tlog-proof@v1)."""
    top, _, checkpoint = text.partition("\n\n")
    lines = top.split("\n")
    need(lines.pop(0) == "c2sp.org/tlog-proof@v1", "LEDGER-01", "it is no tlog-proof")
    if lines and lines[0].startswith("extra "):
        decode(lines.pop(0)[6:])
    need(lines and lines[0].startswith("index "), "LEDGER-01", "the proof has no index")
    index, path = decimal(lines[0][6:]), [decode(line) for line in lines[1:]]
    body = open_note(checkpoint, *log).split("\n")
    need(
        len(body) > 3 and all(body[:-1]) and body[0] == log[0],
        "LEDGER-01",
        "its checkpoint is malformed or of another log",
    )
    size, root = decimal(body[1]), decode(body[2])
    need(len(path) < 64 and all(len(node) == 32 for node in [*path, root]), "LEDGER-01", "a hash has not 32 bytes")
    good = index < size and root_of_path(leaf, index, size, path) == root
    need(good, "LEDGER-01", "the proof does not lead to the root that the log signed")
    return index, size, root.hex()


# -------------------------------------------- logs and their witnesses (c2sp.org/tlog-policy and tlog-cosignature)
class Witness(NamedTuple):
    """One who looks that a log only grows: its name in the policy, and name, signature type and bytes of its key."""

    name: str
    signer: str
    kind: int
    key: bytes

    def has_cosigned(self, text: str, blob: bytes) -> bool:
        """Whether this is a time of eight bytes and a signature over it and the checkpoint."""
        time_s, signature, good = int.from_bytes(blob[:8], "big"), blob[8:], len(blob) > 8
        if not (good and 0 < time_s < 2**63):
            return False
        if self.kind == 4:
            return is_signed(self.key, signature, f"cosignature/v1\ntime {time_s}\n{text}".encode())
        try:
            (origin, size, root), signer = text.split("\n")[:3], self.signer.encode()
            where, at = origin.encode(), time_s.to_bytes(8, "big")
            message = b"subtree/v1\n\0" + bytes([len(signer)]) + signer + at + bytes([len(where)]) + where + bytes(8)
            key = mldsa.MLDSA44PublicKey.from_public_bytes(self.key)
            key.verify(signature, message + int(size).to_bytes(8, "big") + decode(root))
        except (InvalidSignature, ValueError, OverflowError, Wrong):  # also: a name of more than 255 bytes
            return False
        return True


class LogPolicy:
    """Logs that the auditor knows, their witnesses, and how many of these are enough; what receipts prove under it."""

    def __init__(self, text: str) -> None:
        self.logs: dict[str, bytes] = {}
        self.witnesses: dict[tuple[str, bytes], Witness] = {}
        self.groups: dict[str, tuple[int, list[str]]] = {}
        self.quorum, self.proven = "", set[str]()
        self._names, self._free, self._keys = {"none"}, set[str](), set[bytes]()
        need(not re.search(r"[\x00-\x08\x0b-\x1f\x7f]", text), "POLICY-01", "a log policy has control characters")
        for line in text.split("\n"):
            words = re.split("[ \t]+", line.strip(" \t"))
            if words[0] and not words[0].startswith("#"):
                self._line(words, f"line {line!a:.60} of a log policy")
        need(self.logs and self.quorum, "POLICY-01", "a log policy has no line `log` or no line `quorum`")

    def _line(self, words: list[str], place: str) -> None:
        kind, count = words[0], len(words)
        if kind == "log" and count in (2, 3):
            name, _, key = read_vkey(words[1])
            need(name not in self.logs and key not in self._keys, "POLICY-01", f"{place}: it is there twice")
            self.logs[name] = key
            self._keys.add(key)
        elif kind == "witness" and count in (3, 4):
            name, algorithm, key = read_vkey(words[2], {4: 32, 6: 1312})
            need(algorithm == 4 or mldsa, "POLICY-01", f"{place}: this version of `cryptography` has no ML-DSA-44")
            marked = bytes([algorithm]) + key
            need(marked not in self._keys, "POLICY-01", f"{place}: its key is there twice")
            self._keys.add(marked)
            self._name(words[1], place)
            key_id = sha256(f"{name}\n".encode() + marked)[:4]
            self.witnesses[name, key_id] = Witness(words[1], name, algorithm, key)
        elif kind == "group" and count > 3:
            members, size = words[3:], {"any": "1", "all": str(count - 3)}.get(words[2], words[2])
            need(
                re.fullmatch("[1-9][0-9]{0,5}", size) and int(size) <= len(members), "POLICY-01", f"{place}: how many?"
            )
            good = len(set(members)) == len(members) and self._free.issuperset(members)
            need(good, "POLICY-01", f"{place}: a member is not defined before, or is a member already")
            self._free.difference_update(members)
            self._name(words[1], place)
            self.groups[words[1]] = int(size), members
        else:
            good = kind == "quorum" and count == 2 and not self.quorum and words[1] in self._names
            need(good, "POLICY-01", f"{place}: it is none, or a second quorum, or its name is not defined before")
            self.quorum = words[1]

    def _name(self, name: str, place: str) -> None:
        need(name not in self._names and len(self._names) <= 256, "POLICY-01", f"{place}: name twice, or too many")
        self._names.add(name)
        self._free.add(name)

    def is_met(self, cosigned: set[str], name: str = "") -> bool:
        """Whether these witnesses are enough."""
        name = name or self.quorum
        if name not in self.groups:
            return name == "none" or name in cosigned
        return sum(self.is_met(cosigned, member) for member in self.groups[name][1]) >= self.groups[name][0]

    def times(self, note: str) -> dict[str, int]:
        """When which witnesses cosigned a checkpoint, in seconds; others than those of the policy count for nothing."""
        (text, signatures), times = split_note(note), dict[str, int]()
        for signer, key_id, blob in signatures:
            if one := self.witnesses.get((signer, key_id)):
                good = one.has_cosigned(text, blob)
                need(good, "LEDGER-09", f"a cosignature of the witness {signer} is not over this checkpoint")
                time_s = int.from_bytes(blob[:8], "big")
                times[one.name] = min(time_s, times.get(one.name, time_s))
        return times

    def what(self) -> str:
        """What it asks for."""
        asks = "" if self.quorum == "none" else f", cosigned by the quorum {self.quorum}"
        return f"a receipt of {' or '.join(self.logs)}{asks}"


# ------------------------------------------------------------------------------ what the auditor knows (formats.md, 12)
def is_hash(value: Any) -> bool:
    """64 hex digits."""
    return isinstance(value, str) and re.fullmatch(TEXTS["hash"], value) is not None


def is_latest(value: Any) -> bool:
    """A shift and the hash of its seal."""
    return (
        isinstance(value, dict)
        and set(value) == {"shift", "seal"}
        and is_hash(value["seal"])
        and type(value["shift"]) is int
    )


def is_contract(value: Any) -> bool:
    """Chain and address of a contract, and what makes its blocks final and late."""
    most = {"chain_id": (1, 2**53 - 1), "confirmations": (0, 100_000), "within_s": (1, 2**31 - 1)}
    return (
        isinstance(value, dict)
        and {"chain_id", "contract"} <= set(value) <= {*most, "contract"}
        and isinstance(value["contract"], str)
        and re.fullmatch("0x[0-9a-fA-F]{40}", value["contract"]) is not None
        and all(
            type(value[name]) is int and low <= value[name] <= high
            for name, (low, high) in most.items()
            if name in value
        )
    )


POLICY: dict[str, Test] = {
    "station": lambda value: isinstance(value, str),
    "station_key": is_hash,
    "log_key": lambda value: isinstance(value, str) and bool(read_vkey(value)),
    "logs": lambda value: (
        isinstance(value, list)
        and len(value) <= 100
        and all(isinstance(text, str) and LogPolicy(text) for text in value)
    ),
    "cosigned_within_s": lambda value: type(value) is int and 0 < value < 2**31,
    "bypass_authorities": lambda value: isinstance(value, list) and all(map(is_hash, value)),
    "release_authorities": lambda value: isinstance(value, list) and all(map(is_hash, value)),
    "plant_root": is_hash,
    "root_statements": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "require": lambda value: (
        isinstance(value, list) and all(item in ("log", "rfc3161", "evm", "witness") for item in value)
    ),
    "latest": is_latest,
    "tsa_roots": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "tsa_policies": lambda value: isinstance(value, list) and all(isinstance(item, str) for item in value),
    "stamped_within_s": lambda value: type(value) is int and value > 0,
    "evm": is_contract,
}
BY_HAND = "time stamps: NOT CHECKED, this program cannot; use `openssl ts -verify` (docs/auditor.md)"
BY_NODE = "entries in contracts (evm): NOT CHECKED, this program asks no node; `inspector verify --evm-node` does"


def log_policies(policy: Json) -> list[LogPolicy]:
    """Those that the auditor named; `log_key` is one log of which no witness is asked."""
    key = f"log {policy['log_key'].strip()}\nquorum none" if "log_key" in policy else ""
    return [LogPolicy(text) for text in [*policy.get("logs", []), key] if text]


def read_policy(path: str | None) -> Json:
    """A mistake in it is a reason to stop, not a finding."""
    try:
        data = Path(path).read_bytes() if path else b""
        need(len(data) <= 64_000, "POLICY-01", "it is longer than 64,000 bytes")
        policy = tomllib.loads(data.decode("utf-8"))
        for name, value in policy.items():
            need(name in POLICY and POLICY[name](value), "POLICY-01", f"{name} is unknown or malformed")
        logs = log_policies(policy)
        names = [name for one in logs for name in one.logs]
        need(len(set(names)) == len(names), "POLICY-01", "it names a log twice")
        asks = any(one.quorum != "none" for one in logs)
        need(asks or "cosigned_within_s" not in policy, "POLICY-01", "cosigned_within_s is nothing without witnesses")
    except (OSError, ValueError, RecursionError, Wrong) as error:
        raise CannotCheck(f"the policy {path} cannot be used: {error}") from error
    return policy


# ----------------------------------------------------------------------------------------------------- the whole bundle
class Bundle:
    """Reads the bundle from front to back and asks each check about each record."""

    def __init__(self, archive: zipfile.ZipFile, policy: Json, report: Report, with_images: bool) -> None:
        self.zip, self.policy, self.report, self.with_images = archive, policy, report, with_images
        self.at = {info.filename: number for number, info in enumerate(archive.infolist())}
        self.named: dict[str, str] = {}
        self.rejects: list[tuple[int, Json]] = []
        self.manifest = self._manifest()
        self.whole = self.manifest["first"] == 1
        self.logs, self.roots = self._logs(), Roots(self)
        self.keys = Keys(self)
        self.shifts, self.receipts = Shifts(self), Receipts(self)
        self.checks: list[Check] = [
            self.keys,
            Parts(self),
            images := Images(self),
            keeping := Keeping(self, images),
            Challenges(self),
            Bypasses(self),
            people := People(self),
            Releases(self),
            Reviews(self, people),
            self.receipts,
            self.roots,
        ]
        self.keeping = keeping

    def verify(self) -> None:
        """All of it, once."""
        report = self.report
        self._signed_documents()
        self._records()
        self.shifts.finish()
        self._erasures()
        for check in self.checks:
            check.finish()
        self._members()
        self._scope()
        self._latest()
        report.skip(self.whole, f"records before {self.manifest['first']}: the bundle begins there")
        seen = max((s.last for s in self.shifts.by_digest.values() if s.digest in self.receipts.sights), default=None)
        report.skip(seen, "no independent witness: who holds the station key and the log key can rewrite both")
        report.skip(seen is None, f"no independent witness of records after {seen}")
        report.skip(False, "times are the station's own clock")
        report.skip(False, "image files were compared by file hash; pixels were not decoded")

    def read(self, name: str, limit: int) -> bytes | None:
        """A small member, or None if it is not there."""
        if name not in self.at:
            return None
        need(self.zip.getinfo(name).file_size <= limit, "BUNDLE-02", f"member {name} is longer than {limit} bytes")
        try:
            return self.zip.read(name)
        except zipfile.BadZipFile as error:
            self.report.must(False, "BUNDLE-01", name, str(error))
            return b""

    def lines(self, name: str, limit: int) -> Iterator[bytes]:
        """Line by line, so that a long history needs little memory."""
        try:
            with self.zip.open(name) as member:
                while line := member.readline(limit + 1):
                    need(line[-1:] == b"\n", "BUNDLE-02", f"a line of {name} has no end, or more than {limit} bytes")
                    yield line[:-1]
        except zipfile.BadZipFile as error:  # at the end of the member: what its lines mean was already seen
            self.report.must(False, "BUNDLE-01", name, str(error))

    def digest(self, name: str) -> tuple[int, str]:
        """Size and SHA-256 of a member."""
        digest = hashlib.sha256()
        try:
            with self.zip.open(name) as member:
                while block := member.read(1 << 20):
                    digest.update(block)
        except zipfile.BadZipFile as error:
            self.report.must(False, "BUNDLE-01", name, str(error))
            return -1, ""
        return self.zip.getinfo(name).file_size, digest.hexdigest()

    def _manifest(self) -> Json:
        try:
            m = read_json(self.read("bundle.json", LONGEST_RECORD) or b"", DOCUMENTS["bundle"])
        except Wrong as error:
            raise Wrong("BUNDLE-02", f"bundle.json: {error.args[1]}") from error
        begins = {m["first"] == 1, m["first_shift"] == 1, m["prev"] == ZEROS, m["prev_seal"] == ZEROS}
        need(len(begins) == 1, "BUNDLE-02", "bundle.json: record 1, shift 1 and nothing before belong together")
        self.report.station = m["station"]
        expected = self.policy.get("station", m["station"])
        self.report.must(
            m["station"] == expected, "POLICY-02", "bundle.json", f"it is of {m['station']}, not of {expected}"
        )
        return m

    def _logs(self) -> list[LogPolicy]:
        """Those that the auditor named; if there are none the key in the bundle stands in, and the answer says so."""
        mine, there = log_policies(self.policy), ("", 0, b"")
        line = (self.read("keys/log.vkey", 1000) or b"").decode("utf-8", "replace").strip()
        try:
            there = read_vkey(line) if line else there
        except Wrong as error:
            self.report.must(False, "KEY-01", "keys/log.vkey", error.args[1])
        if not mine and there[0]:
            self.report.skip(False, "the log's key was taken from the bundle itself, not from you")
            mine = [LogPolicy(f"log {line}\nquorum none")]
        known = {name: key for one in mine for name, key in one.logs.items()}
        good = known.get(there[0], there[2]) == there[2]
        self.report.must(good, "KEY-01", "keys/log.vkey", "it is not the key that you expect")
        return mine

    def _signed_documents(self) -> None:
        for kind in ("seal", "head"):
            for line in self.lines(f"{kind}s.txt", LONGEST_RECORD + 130):
                self.report.checked[f"{kind}s"] += 1
                mark, _, data = line.partition(b" ")
                try:
                    need(
                        re.fullmatch(b"-|[0-9a-f]{128}", mark), "BUNDLE-02", "its line does not begin with a signature"
                    )
                    fields = read_json(data, DOCUMENTS[kind])
                except Wrong as error:
                    number = self.report.checked[f"{kind}s"]
                    self.report.must(False, error.args[0], f"{kind} number {number} of {kind}s.txt", error.args[1])
                    self.shifts.broken = self.shifts.broken or kind == "seal"
                else:
                    self.shifts.take(
                        Statement(kind, fields, data, b"" if mark == b"-" else bytes.fromhex(mark.decode()))
                    )
        self.shifts.check_order()
        for line in self.lines("receipts.txt", LONGEST_RECORD):
            try:
                self.receipts.take(read_json(line, RECEIPT), "receipts.txt", END)
            except Wrong as error:
                self.report.must(False, error.args[0], "receipts.txt", error.args[1])

    def _records(self) -> None:
        """All records once: form, number, link, clocks; then what the checks make of them."""
        m, must = self.manifest, self.report.must
        seq, last, trusted, suspect = m["first"], m["prev"], True, 0
        clock = (0, 0, "")
        for data in self.lines("records.jsonl", LONGEST_RECORD + 1):
            self.report.checked["records"] += 1
            digest, record = sha256(b"\0" + data), self._record(data, seq)
            if record is not None:
                trusted, seq = trusted and record["seq"] == seq, record["seq"]
                if suspect:  # of a broken link, the side that a later record still points at was not changed
                    self._broken_link(suspect, followed=record["prev"] == last)
                suspect = seq if trusted and record["prev"] != last else 0
                clock = self._clock(record, seq, *clock)
            self.shifts.feed(seq, digest, record)
            if record is not None:
                for check in self.checks:
                    step = getattr(check, record["type"].replace("-", "_"), None)
                    if step is not None:
                        step(record, seq, digest.hex())
            seq, last, trusted = seq + 1, digest.hex(), record is not None
        if suspect:
            self._broken_link(suspect, followed=True)
        there = (self.report.checked["records"], seq, self.shifts.shift)
        good = there == (m["count"], m["first"] + m["count"], m["last_shift"])
        must(good, "BUNDLE-02", "bundle.json", f"it promises other records or shifts than are here, up to {seq - 1}")

    def _record(self, data: bytes, seq: int) -> Json | None:
        """The next record, which should have this number; None if it cannot be read."""
        try:
            record = read_json(data, RECORDS)
        except Wrong as error:
            self.report.must(False, error.args[0], seq, error.args[1])
            return None
        number = record["seq"]
        self.report.must(number == seq, "CHAIN-03", min(seq, number), f"record {number} comes where {seq} belongs")
        good = record["station"] == self.manifest["station"]
        self.report.must(good, "FORMAT-03", number, f"it is of another station, {record['station']}")
        return record

    def _clock(self, record: Json, seq: int, t_us: int, mono_us: int, boot: str) -> tuple[int, int, str]:
        back = record["t_us"] < t_us and record.get("state") != "clock-step"
        message = "UTC went back without a clock-step record"
        self.report.must(not back, "TIME-01", f"record {seq}", message, seq, WARNING)
        back = record["boot"] == boot and record["mono_us"] < mono_us
        self.report.must(not back, "TIME-02", f"record {seq}", "the monotonic clock went back", seq, WARNING)
        return record["t_us"], record["mono_us"], record["boot"]

    def _erasures(self) -> None:
        """Erasures of images of this bundle in later shifts, each proven under the seal of its shift (11.4)."""
        before, there = 0, "erasures.jsonl" in self.at
        good = not there or self.zip.getinfo("erasures.jsonl").file_size > 0
        self.report.must(good, "BUNDLE-02", "erasures.jsonl", "it is empty, and belongs away")
        for line in self.lines("erasures.jsonl", LONGEST_RECORD) if there else ():
            try:
                before = self._proven_erasures(read_json(line, ERASURES), before)
            except Wrong as error:
                self.report.must(False, error.args[0], "erasures.jsonl", error.args[1])

    def _proven_erasures(self, fields: Json, before: int) -> int:
        """One line; the number of its first record."""
        seal = self.shifts.seals.get(fields["shift"])
        erased: dict[int, Json] = {}
        leaves: dict[int, bytes] = {}
        if seal is None or seal.shift <= self.manifest["last_shift"] or not fields["records"]:
            raise Wrong("PROOF-02", f"shift {fields['shift']} has no seal here, or is no later shift")
        for text in fields["records"]:
            record = read_json(text.encode("utf-8"), RECORDS)
            seq, place = record["seq"], f"record {record['seq']}"
            need(record["type"] == "image-erased", "BUNDLE-02", f"{place} is no erasure")
            need(record["station"] == self.manifest["station"], "FORMAT-03", f"{place} is of another station")
            in_order = seq > max(erased, default=seal.first - 1)
            good = in_order and seq <= seal.last and record["shift"] == seal.shift
            need(good, "PROOF-03", f"{place} is not in the range of its seal, or out of order")
            erased[seq] = record
            leaves[seq - seal.first] = sha256(b"\0" + text.encode("utf-8"))
        need(min(erased) > before, "BUNDLE-02", "its lines are out of order")
        rest = iter([bytes.fromhex(digest) for digest in fields["hashes"]])
        root = root_of_subset(leaves, 0, seal.count, rest)
        good = root.hex() == seal.fields["root"] and next(rest, None) is None
        need(good, "PROOF-02", f"records and hashes do not lead to the root in the seal of shift {seal.shift}")
        for seq, record in erased.items():
            self.keeping.erase(record, seq, after_the_bundle=True)
        return min(erased)

    def _broken_link(self, seq: int, *, followed: bool) -> None:
        if seq == self.manifest["first"]:
            message = f"record {seq} names another record as the one before than bundle.json does"
            self.report.must(False, "CHAIN-01" if seq == 1 else "BUNDLE-02", 1 if seq == 1 else "bundle.json", message)
        else:
            message = f"record {seq} names another record as the one before than record {seq - 1}"
            self.report.must(False, "CHAIN-01", seq - 1 if followed else seq, message)

    def _members(self) -> None:
        """Documents have the hash in their name; what no record names has no business here."""
        for name in self.at:
            folder, _, digest = name.partition("/")
            if folder in ("documents", "challenge", "images"):
                good = name in self.named and (folder != "images" or self.manifest["images"])
                self.report.must(good, "BUNDLE-02", name, "no record of the bundle names it, or images were left out")
            if folder == "documents":
                self.report.checked["documents"] += 1
                good = self.digest(name)[1] == digest
                self.report.must(good, "DOC-01", f"document {digest}", "its content does not have the hash in its name")
        missing = {what for name, what in self.named.items() if name.startswith("documents/") and name not in self.at}
        self.report.skip(not missing, f"documents that records name are not here: {', '.join(sorted(missing))}")

    def _latest(self) -> None:
        """History cannot end before the newest seal that the auditor knows of."""
        latest, m = self.policy.get("latest"), self.manifest
        self.report.skip(
            latest, "you named no latest seal: a history that was put back to an older state would not show"
        )
        if latest:
            place, before = f"seal of shift {latest['shift']} that you know of", m["first_shift"] - 1
            seal = self.shifts.seals.get(latest["shift"])
            digest = m["prev_seal"] if latest["shift"] == before else seal.digest if seal else ""
            message = "it is another seal" if digest else "the bundle does not reach it"
            late = UNCHECKED if latest["shift"] < before else TAMPERED
            self.report.must(
                digest == latest["seal"], "POLICY-02" if late == TAMPERED else "POLICY-01", place, message, END, late
            )

    def _scope(self) -> None:
        """What was asked for fits the shifts that are here."""
        m, times, lots = self.manifest, self.shifts.times, self.shifts.lots
        kind, value, ends = m["scope"]["kind"], m["scope"]["value"], (m["first_shift"], m["last_shift"])
        good = kind == "all" and value == "" and self.whole
        good |= kind == "shift" and ends == (int(value) if re.fullmatch("[1-9][0-9]{0,15}", value) else 0,) * 2
        good |= kind == "lot" and all(value in lots.get(shift, ()) for shift in ends)
        begin, slash, end = value.partition("/")
        if kind == "time" and slash:
            try:
                begin_us, end_us = utc_us(begin), utc_us(end)
            except ValueError:
                begin_us, end_us = 1, 0
            here = [times[shift] for shift in ends if shift in times]
            good = begin_us <= end_us and all(min(two) <= end_us and max(two) >= begin_us for two in here)
        self.report.must(good, "BUNDLE-02", "bundle.json", f"what is here is not {kind} {value!a:.60}")


def utc_us(text: str) -> int:
    """Microseconds of a time like 2026-11-21T08:30:00Z; ValueError if it is none."""
    if not re.fullmatch(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}Z", text):
        raise ValueError(f"{text!a:.30} is no time")
    moment = datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    return int(moment.timestamp()) * 1_000_000


def utc_text(t_us: int) -> str:
    """A time for people, whole seconds upwards, or what no calendar has."""
    try:
        return datetime.fromtimestamp(-(-t_us // 1_000_000), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    except (OverflowError, ValueError, OSError):
        return f"{t_us} microseconds after 1970"


class Check:
    """Takes records by methods named after their types: `part(record, seq, hash)`."""

    def __init__(self, bundle: Bundle) -> None:
        self.bundle, self.report, self.must = bundle, bundle.report, bundle.report.must

    def end_shift(self, last: int) -> None:
        """A seal covers everything up to record `last`."""

    def finish(self) -> None:
        """There are no more records."""


# ----------------------------------------------------------------------------------------- seals, heads, shifts, counts
class Statement:
    """A readable seal or head."""

    def __init__(self, kind: str, fields: Json, data: bytes, signature: bytes) -> None:
        self.kind, self.fields, self.data, self.signature = kind, fields, data, signature
        self.shift, self.first, self.count = fields["shift"], fields["first"], fields["count"]
        self.last = self.first + self.count - 1
        self.digest = sha256(data).hex()
        self.leaf = sha256(b"\0" + data + signature) if signature else b""
        self.place = (
            f"seal of shift {self.shift}" if kind == "seal" else f"head of shift {self.shift} at record {self.last}"
        )


class Shifts:
    """Builds the tree and the counts of each shift again, and compares both with what was signed."""

    def __init__(self, bundle: Bundle) -> None:
        m = bundle.manifest
        self.bundle, self.report, self.must, self.broken = bundle, bundle.report, bundle.report.must, False
        self.seals: dict[int, Statement] = {}
        self.heads: dict[int, list[Statement]] = {}
        self.by_digest: dict[str, Statement] = {}
        self.shift, self.seq, self.digest, self.latest = m["first_shift"], m["first"] - 1, b"", (False, 0, 0)
        self.ends: dict[str, tuple[str, int | None]] = {}
        self.times: dict[int, tuple[int, int]] = {}
        self.lots: dict[int, set[str]] = {}

    def take(self, s: Statement) -> None:
        """A seal or head on its own."""
        key, m = self.bundle.keys.of(s.shift), self.bundle.manifest
        in_order = (s.kind == "head", s.shift, s.count * (s.kind == "head")) > self.latest
        self.latest = (s.kind == "head", s.shift, s.count * (s.kind == "head"))
        self.by_digest[s.digest] = s
        self.must(s.fields["station"] == m["station"], "FORMAT-03", s.place, "it is of another station", s.last)
        if s.kind == "seal":
            self.seals.setdefault(s.shift, s)
        else:
            self.heads.setdefault(s.shift, []).append(s)
        good = in_order and m["first_shift"] <= s.shift and (s.kind == "seal" or s.shift <= m["last_shift"])
        self.must(good, "BUNDLE-02", s.place, "it has no place in this bundle, or stands in the wrong order", s.last)
        if key and s.signature:
            good = s.fields["key"] == sha256(key).hex()
            good = good and is_signed(key, s.signature, f"inspector/{s.kind}/v1\0".encode() + s.data)
            self.must(good, "SEAL-01", s.place, "it is by another key, or its signature does not verify", s.last)

    def check_order(self) -> None:
        """Shifts count up, each seal begins where the one before ended and names it; only the newest wait for a key."""
        newest = max((shift for shift, seal in self.seals.items() if seal.signature), default=0)
        begin: int | None = self.seq + 1
        for shift in range(self.shift, max(self.seals, default=0) + 1):
            seal = self.seals.get(shift)
            if seal is None:
                self.must(self.broken, "SEAL-06", f"seal of shift {shift}", "it is missing, a later one is there")
                begin = None
                continue
            good = begin in (None, seal.first)
            self.must(good, "SEAL-03", seal.place, f"it begins at record {seal.first}, not {begin}", seal.first)
            begin = seal.last + 1
            late = UNCHECKED if shift >= newest else TAMPERED
            self.must(seal.signature, "SEAL-01", seal.place, "it is not signed (the key was locked?)", seal.last, late)
        for statement in self.by_digest.values():
            self.check_previous(statement.fields, statement.place, statement.shift, statement.last)
        self._begin()

    def check_previous(self, fields: Json, place: str, shift: int, seq: int) -> None:
        """A `prev_seal` field."""
        before, m = self.seals.get(shift - 1), self.bundle.manifest
        known = before.digest if before else m["prev_seal"] if shift == m["first_shift"] else fields["prev_seal"]
        self.must(
            fields["prev_seal"] == known, "SEAL-04", place, f"it does not name the seal of shift {shift - 1}", seq
        )

    def _begin(self) -> None:
        self.tree, self.first, self.readable, self.simulated = Tree(), self.seq + 1, True, False
        self.opened_us: int | None = None
        self.closed: Json | None = None
        self.waiting = {head.count: head for head in self.heads.get(self.shift, [])}
        self.verdicts, self.outcomes = dict.fromkeys(TEXTS["verdict"].split("|"), 0), Counter[str]()
        self.gaps, self.gap_parts, self.bounces, self.uncounted = 0, 0, 0, False
        self.tests: set[str] = set()
        self.before: str | None = None

    def feed(self, seq: int, digest: bytes, record: Json | None) -> None:
        """The next record, readable or not."""
        seal = self.seals.get(self.shift)
        next_shift = record is not None and record["shift"] == self.shift + 1
        if self.tree.size and (seq > seal.last if seal else next_shift):
            self._end(seal)
            self.shift += 1
            self._begin()
        if not self.tree.size and record is not None:
            self.before = record["prev"]
        self.tree.append(digest)
        self.seq, self.digest, self.readable = seq, digest, self.readable and record is not None
        if record is not None:
            message = f"it carries shift {record['shift']}, the seals put it into shift {self.shift}"
            self.must(record["shift"] == self.shift, "CHAIN-04", seq, message)
            self._count(record, seq, digest.hex())
            t_us = record["t_us"]
            self.times[self.shift] = (self.times.get(self.shift, (t_us,))[0], t_us)
        if self.tree.size in self.waiting:
            self._compare(self.waiting.pop(self.tree.size))

    def _count(self, r: Json, seq: int, digest: str) -> None:
        kind = r["type"]
        if kind == "part" and r["purpose"] == "challenge":
            self.tests.add(digest)
        elif kind == "part":
            self.verdicts[r["verdict"]] += 1
        elif kind == "outcome" and r["part"] not in self.tests:
            self.outcomes[r["commanded"]] += 1
            self.outcomes["reject_lane" if r["confirmed"] == "reject" else r["confirmed"]] += 1
        elif kind == "gap":
            self.gaps, self.gap_parts = self.gaps + 1, self.gap_parts + r["count"]
            self.bounces += r["count"] if r["source"] == "sensor" else 0
            self.uncounted |= r["count"] == 0
        elif kind == "shift-open":
            self._open(r, seq)
        elif kind == "signature" and "takes_over" in r:
            self._taken_over(r, seq)
        elif kind == "shift-close":
            self.closed = r
            if self.readable and self.must(
                r["counts"] == self.counts(), "SEAL-05", seq, "its counts are not those of its records"
            ):
                self._reconcile(r, r["reconciliation"].get("independent"), seq)

    def _open(self, r: Json, seq: int) -> None:
        self.opened_us = r["t_us"]
        self.lots.setdefault(self.shift, set()).add(r["lot"])
        self.check_previous(r, f"record {seq}", self.shift, seq)
        for name, simulated in [*((c["name"], c["simulated"]) for c in r["cameras"]), ("line", r["line"]["simulated"])]:
            self.simulated |= simulated
            self.report.skip(not simulated, f"SIMULATED {name}: it shows no real part")
        named = [("recipe", r["recipe"]["digest"]), ("model", r["model"]["digest"])]
        named += [("camera settings", camera["settings_digest"]) for camera in r["cameras"]]
        named += [("retention rules", r["retention"]["digest"])] if "retention" in r else []
        self.bundle.named |= {f"documents/{digest}": what for what, digest in named}

    def _taken_over(self, r: Json, seq: int) -> None:
        """The next person signs for the shift before: by its seal, and by its last record."""
        self.report.checked["hand-overs that were taken over"] += 1
        before, m = self.seals.get(self.shift - 1), self.bundle.manifest
        known = before.digest if before else m["prev_seal"] if self.shift == m["first_shift"] else r["takes_over"]
        good = r["takes_over"] == known != ZEROS and r["target"] == (self.before or r["target"])
        self.must(good, "HANDOVER-01", seq, f"it takes over another shift than {self.shift - 1}, the one before")

    def counts(self) -> Json:
        """What the `counts` field of this shift has to be."""
        made: Json = {"parts": sum(self.verdicts.values()), "gaps": self.gaps, "gap_parts": self.gap_parts}
        made["verdicts"] = self.verdicts
        made["outcomes"] = {
            what: self.outcomes[what] for what in ("accept", "reject", "good", "reject_lane", "unknown")
        }
        return {**made, "challenge": len(self.tests)} if self.tests else made

    def _compare(self, s: Statement) -> None:
        """First record, last record's hash and tree root of a statement against the records."""
        covers = f"it covers records {s.first} to {s.last}, here are {self.first} to {self.seq}"
        if self.must(
            (s.first, s.count) == (self.first, self.tree.size), "SEAL-03", s.place, covers, min(s.last, self.seq) + 1
        ):
            good = s.fields["head"] == self.digest.hex()
            self.must(good, "SEAL-03", s.place, f"record {s.last} does not have the hash that it states", s.last)
            good = s.fields["root"] == self.tree.root()
            self.must(good, "SEAL-02", s.place, f"records {s.first} to {s.last} do not have its tree root", s.last)

    def _end(self, seal: Statement | None) -> None:
        for head in self.waiting.values():
            self._compare(head)
        if seal is None:
            return
        for check in self.bundle.checks:
            check.end_shift(self.seq)
        self._compare(seal)
        if self.readable:
            f, closed = seal.fields, self.closed
            self.must(
                f["counts"] == self.counts(),
                "SEAL-05",
                seal.place,
                "its counts are not those of its records",
                seal.last,
            )
            message = "what it says about simulated sources is not what its records say"
            self.must(f["simulated"] is self.simulated, "SEAL-07", seal.place, message, seal.last)
            self.must(closed, "SEAL-08", seal.place, "no shift-close record is among its records", seal.last, WARNING)
            if closed is not None:
                good = f.get("independent") == closed["reconciliation"].get("independent")
                message = "its independent counts are not those of the shift-close record"
                self.must(good, "COUNT-03", seal.place, message, seal.last)
                good = (f["t_open_us"], f["t_close_us"]) == (self.opened_us or f["t_open_us"], closed["t_us"])
                self.must(good, "TIME-03", seal.place, "its times are not those of its records", seal.last)

    def finish(self) -> None:
        """The last shift: sealed, or open and covered up to a head."""
        seal = self.seals.get(self.shift)
        self._end(seal)
        signed = max((head.last for head in self.heads.get(self.shift, []) if head.signature), default=0)
        tail = f"signed up to record {signed} by a head" if signed else "signed by nothing yet"
        self.report.skip(seal, f"records {self.first} to {self.seq} are of open shift {self.shift}: not sealed, {tail}")

    def _reconcile(self, closed: Json, stated: Json | None, seq: int) -> None:
        """Counters that are not the station's, against its records (formats.md, 2.12)."""
        before, self.ends = self.ends, {}
        agree: list[str] = []
        if stated is not None:
            told, counts, bounces = closed["reconciliation"], closed["counts"], self.bounces
            count = {
                c["name"]: None if None in (c["start"], c["end"]) else c["end"] - c["start"] for c in stated["counters"]
            }
            parts = counts["parts"] + counts["gap_parts"] + counts.get("challenge", 0)
            infeed, good, bad = count.get("infeed"), count.get("good_lane"), count.get("reject_lane")
            against = {} if infeed is None else {"infeed": infeed - parts}
            others = {}
            if good is not None and bad is not None:
                seen = good + bad + stated["removed_by_hand"] + bounces
                against["lanes"], others["good_lane-outcomes"] = seen - parts, good - counts["outcomes"]["good"]
                others |= {} if infeed is None else {"infeed-lanes": infeed - seen}
            for name, edges in count.items():
                if name.startswith("camera:") and edges is not None:
                    against[name] = max(0, edges - parts) + min(0, edges - parts + bounces)
            wanted = {k: n for k, n in ({f"{k}-records": n for k, n in against.items()} | others).items() if n}
            agree = sorted(name for name, number in against.items() if number == 0)
            good_told = (told["plc_count"], told["station"], told["difference"]) == (
                infeed,
                parts,
                against.get("infeed"),
            )
            good_stated = (
                len(count) == len(stated["counters"])
                and stated["bounces"] == bounces
                and not (self.uncounted and infeed is not None)
                and {d["between"]: d["number"] for d in stated["differences"]} == wanted
                and sorted(stated["established_by"]) == agree
            )
            self.must(
                good_told and good_stated,
                "COUNT-01",
                seq,
                "its independent counts contradict themselves or the records",
            )
            explained = told["note"] or not stated["differences"]
            self.must(explained, "COUNT-04", seq, "counts differ, and its note does not explain it")
            for c in stated["counters"]:
                since, end = before.get(c["name"], ("", None))
                good_start = since != c["since"] or None in (end, c["start"]) or end == c["start"]
                self.must(
                    good_start, "COUNT-02", seq, f"counter {c['name']} does not begin where the shift before ended"
                )
            self.ends = {c["name"]: (c["since"], c["end"]) for c in stated["counters"]}
        words = f"independently established by {', '.join(agree)}" if agree else "not independently established"
        self.report.statements.append(f"shift {self.shift}: completeness {words}")


# ---------------------------------------------------------------------------------------------- keys, roots, receipts
ROTATION = re.compile(
    r"inspector/key-rotation/v1\nstation ([A-Za-z0-9._-]{1,64})\nold ([0-9a-f]{64})\nnew ([0-9a-f]{64})\n"
    r"first-shift ([1-9][0-9]{0,14})\nreason ([^\n]{1,500})\n"
)


class Keys(Check):
    """The station's key from rotation to rotation: the old key signs for the new one (formats.md, 2.17)."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.said: dict[str, tuple[str, ...]] = {}
        self.leaves: dict[str, bytes] = {}
        self.opened = self.rotated = 0
        for name in [name for name in bundle.at if name.startswith("documents/")]:
            small = bundle.zip.getinfo(name).file_size <= 8_000
            data = (bundle.read(name, 8_000) or b"") if small else b""
            if data.startswith(b"inspector/key-rotation/v1\n"):
                self.leaves[name[10:]] = sha256(b"\0" + data)
                self._statement(name, data)
        self.rotations = sorted((int(shift), old, new) for _, old, new, shift, _ in self.said.values())
        self.chain = [self.rotations[0][1]] if self.rotations else []
        for shift, old, new in self.rotations:
            good = old == self.chain[-1] and new not in self.chain
            message = f"that of shift {shift} is not by the key in force, or brings back an old one"
            self.must(good, "KEY-03", "rotations", message)
            self.chain.append(new)
        self._trust()

    def _statement(self, name: str, data: bytes) -> None:
        try:
            found = ROTATION.fullmatch(data.decode("utf-8").rpartition("\n\n")[0] + "\n")
            if found is None or data.count("—".encode()) != 2:
                raise Wrong("KEY-02", "it is malformed")
            need(found[1] == self.bundle.manifest["station"], "KEY-02", "it is of another station")
            for key in found.groups()[1:3]:
                open_note(data.decode("utf-8"), "station-key", bytes.fromhex(key))
            self.said[name] = found.groups()
            shift, m = int(found[4]), self.bundle.manifest
            if not m["first_shift"] <= shift <= m["last_shift"]:  # the record that names it is outside of the bundle
                self.bundle.named[name] = "rotation"
        except (Wrong, ValueError) as error:
            self.must(False, "KEY-02", name, f"it is no rotation signed by both keys: {error.args[-1]}")

    def _trust(self) -> None:
        """The key in the bundle only stands in for that of the auditor, and the answer says so."""
        mine, report = self.bundle.policy.get("station_key", ""), self.report
        there = (self.bundle.read("keys/station.pub", 1000) or b"").decode("utf-8", "replace").strip()
        if not mine and "plant_root" in self.bundle.policy:
            mine = next((key for key in self.chain or [there] if key in self.bundle.roots.certified), "")
            message = "your plant root has certified none of the station's keys"
            self.must(mine, "KEY-06", "station key", message, END, UNCHECKED)
        one_of = self.chain or [mine or there]
        good = not there or (is_hash(there) and there in one_of)
        self.must(good, "KEY-01", "keys/station.pub", "it is malformed, or none of the keys that you expect")
        self.must(
            not mine or mine in one_of, "KEY-01", "keys/station.pub", "no key of the station is the one that you expect"
        )
        self.must(mine or there, "KEY-01", "keys/station.pub", "it is missing, and you gave no key", END, UNCHECKED)
        report.skip(mine, "the station key was taken from the bundle itself, not from you")
        earlier = mine in self.chain[1:]
        report.skip(not earlier, "seals by keys before the one that you gave: only that later key vouches for them")
        self.key = mine or (there if is_hash(there) else "")
        report.key = sha256(bytes.fromhex(self.key)).hex() if self.key else ""

    def of(self, shift: int) -> bytes | None:
        """The key whose seal a shift has; None if there is none to check against."""
        key = self.chain[0] if self.chain and self.key else self.key
        for first_shift, _, new in self.rotations:
            key = new if key and first_shift <= shift else key
        return bytes.fromhex(key) or None

    def shift_open(self, record: Json, _seq: int, _digest: str) -> None:
        self.opened = record["shift"]

    def key_rotate(self, r: Json, seq: int, _digest: str) -> None:
        self.report.checked["key rotations"] += 1
        name = f"documents/{r['statement']}"
        self.bundle.named[name] = "rotation"
        stated = (r["station"], r["old"], r["new"], str(r["first_shift"]), r["reason"])
        self.must(self.said.get(name) == stated, "KEY-02", seq, "its statement is missing, or says something else")
        good = r["first_shift"] == r["shift"] and r["shift"] not in (self.opened, self.rotated)
        self.must(
            good, "KEY-03", seq, "it stands in an open shift, or another than it says, or is the second of its shift"
        )
        self.rotated = r["shift"]


ROOT_STATEMENT = re.compile(
    r"inspector/key-(certificate|revocation)/v1\nstation ([A-Za-z0-9._-]{1,64})\nkey ([0-9a-f]{64})\n"
    r"(?:log ([^\n ]+)\nbelow (0|[1-9][0-9]{0,17})\n)?by [^\n]{1,500}\n(?:reason ([^\n]{1,500})\n)?"
)


def root_statement(data: bytes, root: str) -> tuple[str, ...]:
    """What the plant root says (formats.md, 13): kind, station, key, log, below, reason."""
    found = ROOT_STATEMENT.fullmatch(open_note(data.decode("utf-8"), "plant-root", bytes.fromhex(root)))
    if found is None or len(data) > 8_000 or {bool(x) for x in found.groups()[3:]} != {found[1] == "revocation"}:
        raise Wrong("KEY-05", "it is no certificate or revocation of a key")
    return found.groups("")


class Roots(Check):
    """Statements of the plant root count if the auditor knows its key, whoever brings them."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.certified: set[str] = set()
        self.below: dict[tuple[str, str], int] = {}
        root, station = bundle.policy.get("plant_root", ""), bundle.manifest["station"]
        for name in [name for name in bundle.at if name.startswith("documents/")]:
            small = bundle.zip.getinfo(name).file_size <= 8_000
            data = (bundle.read(name, 8_000) or b"") if small else b""
            if data.startswith((b"inspector/key-certificate/v1\n", b"inspector/key-revocation/v1\n")):
                bundle.named[name] = "statement of a plant root"  # also where its record is outside of the bundle
                try:
                    self._take(root_statement(data, root) if root else (), station)
                except (Wrong, ValueError):  # by another root, which the record says, if it is here
                    self.report.skip(False, "statements of a plant root that you do not know count for nothing")
        for number, text in enumerate(bundle.policy.get("root_statements", []), 1):
            try:
                need(self._take(root_statement(text.encode(), root), station), "", "it is of another station")
            except (Wrong, ValueError) as error:
                message = f"it cannot be used under your plant_root: {error.args[-1]}"
                self.must(False, "KEY-05", f"root_statements, number {number}", message, END, UNCHECKED)

    def _take(self, said: tuple[str, ...], station: str) -> bool:
        if not said or said[1] != station:
            return False
        kind, _, key, log, below, reason = said
        if kind == "certificate":
            self.certified.add(key)
        else:
            self.below[key, log] = min(int(below), self.below.get((key, log), int(below)))
            words = f"the plant root revoked key {sha256(bytes.fromhex(key)).hex()[:16]} from entry {below} of {log} on"
            self.report.statements.append(f"{words}: {reason}")
        return True

    def key_statement(self, r: Json, seq: int, _digest: str) -> None:
        self.report.checked["statements of a plant root"] += 1
        name = f"documents/{r['statement']}"
        self.bundle.named[name] = "statement of a plant root"
        data = self.bundle.read(name, 8_000)
        if data is None:
            self.must(False, "KEY-05", f"record {seq}", "its statement is missing", seq, UNCHECKED)
            return
        self.report.skip("plant_root" in self.bundle.policy, "statements of a plant root count for nothing without it")
        try:
            good = root_statement(data, r["root"])[:3] == (r["says"], r["station"], r["key"])
        except (Wrong, ValueError):
            good = False
        good = good and sha256(data).hex() == r["statement"]
        self.must(good, "KEY-05", seq, "its statement is not by the root that it names, or says something else")

    def finish(self) -> None:
        """What a revoked key signed is good only as an early entry of the log."""
        bundle, indexes = self.bundle, self.bundle.receipts.indexes
        for (key, origin), below in self.below.items():
            signed = [(name[10:], name) for name, said in bundle.keys.said.items() if said[1] == key]
            print_of = sha256(bytes.fromhex(key)).hex()
            for s in bundle.shifts.by_digest.values():
                needs = s.kind == "seal" or s.shift not in bundle.shifts.seals or (s.digest, origin) in indexes
                if s.fields["key"] == print_of and s.signature and needs:
                    signed.append((s.digest, s.place))
            for digest, place in signed:
                index = indexes.get((digest, origin))
                message = f"its key is revoked from entry {below} of {origin} on"
                unseen = f"{message}, and no receipt shows that this was there before"
                self.must(index is not None, "KEY-04", place, unseen, END, UNCHECKED)
                self.must(index is None or index < below, "KEY-04", place, f"{message}, this is entry {index}")


class Receipts(Check):
    """Log proofs of seals and heads, and who has seen them when."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.logs = {name: one for one in bundle.logs for name in one.logs}
        self.roots: dict[tuple[str, int], str] = {}
        self.leaves: dict[tuple[str, int], bytes] = {}
        self.indexes: dict[tuple[str, str], int] = {}
        self.sights: dict[str, tuple[int, str]] = {}
        self.too_few = Counter[str]()
        self.carried: set[tuple[str, str]] = set()
        self.extra: list[tuple[str, str]] = []
        self.earlier = self.stamps = 0

    def receipt(self, record: Json, seq: int, _digest: str) -> None:
        try:
            self.take(record, f"record {seq}", seq)
        except Wrong as error:
            self.must(False, error.args[0], seq, error.args[1])

    def shift_open(self, record: Json, seq: int, _digest: str) -> None:
        seen = record["ledger_checkpoint"]
        if seen and seen["origin"] in self.logs:
            self._root(seen["origin"], seen["size"], seen["root"], f"record {seq}", seq)

    def take(self, fields: Json, place: str, seq: int) -> None:
        """One receipt, of a record or from receipts.txt."""
        self.report.checked["receipts"] += 1
        of = (fields["seal"], fields["ledger"]["origin"])
        if seq == END:
            in_order = of > max(self.extra, default=("", ""))
            self.extra.append(of)
            need(in_order, "BUNDLE-02", "its lines are out of order")
        else:
            self.carried.add(of)
        leaf, where = self.bundle.keys.leaves.get(fields["seal"], b""), fields["proof"].partition("\n\n")[2]
        name = next((name for name in (where.partition("\n")[0], of[1]) if name in self.logs), "")
        if fields["seal"] in self.bundle.shifts.by_digest:
            leaf = self.bundle.shifts.by_digest[fields["seal"]].leaf
        if not leaf:
            need(not self.bundle.whole and seq != END, "LEDGER-01", "it is the receipt of no signed seal or head here")
            self.earlier += 1
        elif fields["ledger"]["kind"] == "rfc3161":
            self.stamps += 1
        elif fields["ledger"]["kind"] == "evm":
            self.report.skip(False, BY_NODE)
        elif not fields["proof"].startswith("c2sp.org/tlog-proof@"):
            self.report.skip(False, f"receipts of ledger kind {fields['ledger']['kind']}: NOT CHECKED")
        elif self.logs and not name:
            self.report.skip(False, f"receipts of the log {of[1]}: NOT CHECKED, its key is not known")
        elif self.must(self.logs, "LEDGER-01", place, "there is no log key to check it with", seq, UNCHECKED):
            self._logged(fields, leaf, name, place, seq)

    def _logged(self, fields: Json, leaf: bytes, name: str, place: str, seq: int) -> None:
        """A receipt of a log that is known; it counts if enough witnesses have seen what it proves."""
        one, digest = self.logs[name], fields["seal"]
        index, size, root = check_log_proof(fields["proof"], leaf, (name, one.logs[name]))
        good = (index, name) == (fields["index"], fields["ledger"]["origin"])
        need(good, "LEDGER-01", "its index or origin is not that of its proof")
        good = self.leaves.setdefault((name, index), leaf) == leaf
        need(good, "LEDGER-05", f"another receipt proves another document at index {index} of the log")
        self._root(name, size, root, place, seq)
        times = one.times(fields["proof"].partition("\n\n")[2])
        self.report.checked.update({"cosignatures": len(times)} if times else {})
        if not one.is_met(set(times)):
            self.too_few[name] += 1
            return
        one.proven.add(digest)
        self.indexes[digest, name] = min(index, self.indexes.get((digest, name), index))
        for time_s in sorted(set(times.values())):
            who = sorted(witness for witness, at_s in times.items() if at_s <= time_s)
            if one.quorum != "none" and one.is_met(set(who)):
                words = (
                    f"{len(who)} of {len(one.witnesses)} witnesses that you trust ({', '.join(who)}) in the log {name}"
                )
                sight = ((time_s + 1) * 1_000_000, words)
                self.sights[digest] = min(sight, self.sights.get(digest, sight))
                break

    def _root(self, name: str, size: int, root: str, place: str, seq: int) -> None:
        good = self.roots.setdefault((name, size), root) == root
        self.must(
            good, "LEDGER-05", place, f"the log that it saw with {size} entries is not the one that others saw", seq
        )

    def finish(self) -> None:
        twice = self.carried.intersection(self.extra)
        self.must(not twice, "BUNDLE-02", "receipts.txt", "a record of the bundle carries one of its receipts already")
        required, last = self.bundle.policy.get("require", []), self.bundle.manifest["last_shift"]
        seals = [s for s in self.bundle.shifts.seals.values() if s.shift <= last]
        watched = [one for one in self.bundle.logs if one.quorum != "none"]
        self.must("witness" not in required or watched, "POLICY-01", "policy", "you name no witnesses", END, UNCHECKED)
        demanded = self.bundle.logs if "log" in required else watched if "witness" in required else []
        proven = [(one.proven, one.what()) for one in demanded]
        if "log" in required and not demanded:
            proven = [(set(), "a receipt of a log")]
        for digests, what in proven:
            for seal in seals:
                message = f"you require {what}, and there is none that counts"
                self.must(seal.digest in digests, "POLICY-01", seal.place, message, seal.last, UNCHECKED)
        waiting = [s for s in seals if not any(s.digest in one.proven for one in self.bundle.logs)]
        shifts = ", ".join(str(seal.shift) for seal in waiting[:5]) + (" ..." if len(waiting) > 5 else "")
        self.report.skip(not waiting, f"seals without a proven receipt of a log: shift {shifts}")
        for name, number in self.too_few.items():
            message = f"{number} receipts of the log {name} count for nothing: too few witnesses cosigned"
            self.report.skip(False, message)
        self._times()
        for kind in sorted({*required} - {"log", "witness"}):
            words = {"rfc3161": BY_HAND, "evm": BY_NODE}.get(kind, f"{kind}: NOT CHECKED, this program cannot")
            self.must(False, "POLICY-01", "policy", words, END, UNCHECKED)
        self.report.skip(not self.stamps, BY_HAND)
        asked = self.stamps and "tsa_roots" in self.bundle.policy
        self.must(not asked, "LEDGER-07", "policy", BY_HAND, END, UNCHECKED)
        self.report.skip(not self.earlier, f"{self.earlier} receipts of documents from before the bundle")

    def _times(self) -> None:
        """The time in a document against that by which enough witnesses had seen it."""
        within, newest = self.bundle.policy.get("cosigned_within_s"), 0
        for s in self.bundle.shifts.by_digest.values():
            before, words = self.sights.get(s.digest, (0, ""))
            if not words:
                continue
            said, seen = utc_text(s.fields["t_us"]), utc_text(before)
            message = f"it says {said}, and witnesses had seen it before {seen}"
            self.must(s.fields["t_us"] <= before + 60_000_000, "LEDGER-10", s.place, message, s.last, UNCHECKED)
            good = s.kind == "head" or within is None or before - s.fields["t_us"] <= within * 1_000_000
            message = f"it says {said}, and was seen by {words} before {seen} only: later than the {within} s you allow"
            self.must(good, "LEDGER-10", s.place, message, s.last, UNCHECKED)
            newest = max(newest, s.shift if s.kind == "seal" else 0)
        if newest:
            before, words = self.sights[self.bundle.shifts.seals[newest].digest]
            covers = f"the seal of shift {newest}, and all that it and the seals before it cover, was seen"
            self.report.statements.append(f"{covers} by {words} before {utc_text(before)}")


# ----------------------------------------------- what records say: parts, images, keeping, challenges, bypasses, people
class Parts(Check):
    """From the judgement to the outcome."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.cameras: list[str] | None = None
        self.open: dict[str, tuple[int, tuple[str, int], str]] = {}
        self.keys: dict[str, dict[str, set[int]]] = {"part": {}, "outcome": {}, "gap": {}}
        self.sealed = self.earlier = 0

    def _key(self, record: Json, seq: int, rule: str) -> tuple[str, int]:
        boot, number = record["key"]["line_boot"], record["key"].get("part_seq") or record["key"].get("gap_seq")
        seen = self.keys[record["type"]].setdefault(boot, set())
        self.must(number not in seen, rule, seq, f"an earlier record has the same key {boot}/{number}")
        seen.add(number)
        return boot, number

    def shift_open(self, record: Json, _seq: int, _digest: str) -> None:
        self.cameras = sorted(camera["name"] for camera in record["cameras"])

    def gap(self, record: Json, seq: int, _digest: str) -> None:
        self._key(record, seq, "PART-07")

    def part(self, record: Json, seq: int, digest: str) -> None:
        self.report.checked["parts"] += 1
        self.open[digest] = (seq, self._key(record, seq, "PART-02"), record["verdict"])
        if record["verdict"] == "PASS":
            views = sorted(view["camera"] for view in record["views"])
            good = all(view["verdict"] == "PASS" and view["image"] for view in record["views"])
            good = good and views == (views if self.cameras is None else self.cameras)
            self.must(good, "PART-08", seq, "the part passed without PASS and image from each camera of its shift")

    def outcome(self, record: Json, seq: int, _digest: str) -> None:
        self.report.checked["outcomes"] += 1
        key = self._key(record, seq, "PART-04")
        at, part_key, verdict = self.open.pop(record["part"], (0, key, ""))
        if not at:
            good = not self.bundle.whole and key[1] not in self.keys["part"].get(key[0], ())
            self.must(good, "PART-01", seq, "it is the outcome of no part, or of one that has its outcome already")
            self.earlier += good
            return
        self.must(key == part_key, "PART-01", seq, f"its key is not that of part record {at}")
        may_pass = verdict in ("PASS", "BYPASSED")
        good = may_pass or record["commanded"] != "accept"
        self.must(good, "PART-03", seq, f"the part was accepted, its verdict was {verdict}")
        good = may_pass or record["confirmed"] != "good"
        self.must(
            good, "PART-06", f"record {seq}", f"a part with verdict {verdict} was seen in the good lane", seq, WARNING
        )

    def end_shift(self, last: int) -> None:
        self.cameras, self.sealed = None, last

    def finish(self) -> None:
        for seq, _, _ in self.open.values():
            self.must(seq > self.sealed, "PART-05", f"record {seq}", "the part has no outcome", seq, WARNING)
        self.report.skip(not self.earlier, f"{self.earlier} outcomes of parts from before the bundle")


class Images(Check):
    """Each image is stored, or recorded as lost, before its shift is sealed; the file is the one that was recorded."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.due: dict[tuple[str, str], tuple[int, str]] = {}
        self.missing: dict[tuple[str, str], tuple[int, int, str]] = {}
        self.newest, self.ruled = -1, set[int]()

    def part(self, record: Json, seq: int, digest: str) -> None:
        for what in ("recipe", "model"):
            if record[f"{what}_digest"]:
                self.bundle.named[f"documents/{record[f'{what}_digest']}"] = what
        for view in record["views"]:
            if view["image"]:
                self.due[digest, view["camera"]] = (seq, view["image"]["digest"])
        if record["verdict"] != "PASS" and len(self.bundle.rejects) < 100:
            self.bundle.rejects.append((seq, record))

    def shift_open(self, record: Json, _seq: int, _digest: str) -> None:
        if "retention" in record:
            self.ruled.add(record["shift"])

    def _take(self, record: Json, seq: int) -> None:
        _, digest = self.due.pop((record["part"], record["camera"]), (0, ""))
        good = digest == record["image_digest"]
        self.must(good, "IMAGE-03", seq, "no part without its image has this image")

    def image_lost(self, record: Json, seq: int, _digest: str) -> None:
        self.report.checked["images lost, recorded"] += 1
        self._take(record, seq)

    def image_stored(self, record: Json, seq: int, _digest: str) -> None:
        self._take(record, seq)
        digest, here = record["image_digest"], self.bundle.at
        name = f"images/{digest[:2]}/{digest}.png"
        read = self.bundle.manifest["images"] and self.bundle.with_images
        self.report.skip(read, "images were not read")
        there = name in here or not self.bundle.manifest["images"]
        if not there:
            self.missing[record["part"], record["camera"]] = (seq, record["shift"], digest)
        if name in here and read:
            self.report.checked["images"] += 1
            in_order = name in self.bundle.named or here[name] > self.newest
            self.must(in_order, "BUNDLE-02", name, "it is not in the order in which the records name images")
            self.newest = max(self.newest, here[name])
            good = self.bundle.digest(name) == (record["size"], record["file_sha256"])
            self.must(good, "IMAGE-01", seq, f"the file of image {digest} was changed")
        self.bundle.named[name] = "image"

    def end_shift(self, last: int) -> None:
        for seq, _ in self.due.values():
            message = "its shift is sealed, and nothing says that its image was stored or lost"
            self.must(False, "IMAGE-02", f"record {seq}", message, last)
        self.due.clear()

    def finish(self) -> None:
        self.report.skip(not self.due, f"{len(self.due)} images of the open shift are not stored yet")
        for seq, shift, digest in self.missing.values():
            if shift in self.ruled:  # ask for a bundle that reaches further
                words = f"image {digest} is missing; a record behind the bundle may say why"
                self.must(False, "IMAGE-02", f"record {seq}", words, seq, UNCHECKED)
            else:
                self.must(False, "IMAGE-02", seq, f"image {digest} is missing, and no record says why")


class Kept(NamedTuple):
    """A part of a shift under retention rules, small: there may be hundreds of thousands."""

    opening: Json
    t_us: int
    kind: str
    serial: str | None
    defects: tuple[str, ...]


class Keeping(Check):
    """Erased images against the rules in force when they were taken, and legal holds (formats.md, 2.19 to 2.21)."""

    def __init__(self, bundle: Bundle, images: Images) -> None:
        super().__init__(bundle)
        self.images = images
        self.opening: Json | None = None
        self.parts: dict[str, Kept] = {}
        self.kept: dict[bytes, tuple[bytes, Kept]] = {}
        self.erased: Counter[str] = Counter()
        self.gone: set[bytes] = set()
        self.holds: dict[str, tuple[int, Json]] = {}
        self.rules: dict[str, list[Json] | None] = {}
        self.earlier = 0

    def shift_open(self, record: Json, _seq: int, _digest: str) -> None:
        self.opening = record if "retention" in record else None

    def part(self, record: Json, _seq: int, digest: str) -> None:
        opening = self.opening
        if opening is not None and opening["shift"] == record["shift"]:
            defects = {found["class"] for view in record["views"] for found in view["detections"]}
            serial = (record["serial"] or {}).get("text")
            self.parts[digest] = Kept(opening, record["t_us"], part_class(record), serial, tuple(defects))

    def image_stored(self, record: Json, _seq: int, _digest: str) -> None:
        if record["part"] in self.parts:
            image = (bytes.fromhex(record["image_digest"]), self.parts[record["part"]])
            self.kept[bytes.fromhex(record["part"]) + record["camera"].encode()] = image

    def end_shift(self, last: int) -> None:
        self.parts.clear()

    def image_erased(self, record: Json, seq: int, _digest: str) -> None:
        self.erase(record, seq, after_the_bundle=False)

    def erase(self, record: Json, seq: int, *, after_the_bundle: bool) -> None:
        """An erasure; one after the bundle is of an image of the bundle, and legal holds may have ended before it."""
        key = bytes.fromhex(record["part"]) + record["camera"].encode()
        image, part = self.kept.pop(key, (b"", None))
        if part is None and not self.bundle.whole and key not in self.gone and not after_the_bundle:
            self.earlier += 1
            return
        good = part is not None and image == bytes.fromhex(record["image_digest"])
        if not self.must(good, "IMAGE-04", seq, "it erases no image that is stored and kept under rules") or not part:
            return
        if not self.bundle.whole:
            self.gone.add(key)
        self.report.checked["images erased by rule"] += 1
        if self.images.missing.pop((record["part"], record["camera"]), None) is None and self.bundle.manifest["images"]:
            message = (
                f"the file of image {record['image_digest']} is still there, perhaps because another part needs it"
            )
            self.must(False, "IMAGE-07", f"record {seq}", message, seq, WARNING)
        self._rule(record, part, seq)
        self.report.skip(not after_the_bundle, "legal holds against erasures after the bundle")
        for at, hold in self.holds.values() if not after_the_bundle else ():
            message = f"legal hold {hold['name']!r} of record {at} covers its part"
            self.must(not covers(hold["scope"], part), "HOLD-01", seq, message)

    def _rule(self, record: Json, part: Kept, seq: int) -> None:
        opening = part.opening
        digest, customer = opening["retention"]["digest"], opening.get("customer")
        self.erased[opening["retention"]["name"]] += 1
        good = record["rule"] == digest
        self.must(good, "IMAGE-05", seq, "it names another rule than the shift-open record of its part")
        rules = self._document(digest, seq) if good else None
        if rules is None:
            return
        days = [
            rule["keep_days"]
            for rule in rules
            if rule["class"] in (None, part.kind)
            and rule["recipe"] in (None, opening["recipe"]["name"])
            and (customer is None or rule["customer"] in (None, customer))
        ]
        known = bool(days) and None not in days
        good = known and record["t_us"] >= part.t_us + max(days) * 86_400_000_000
        self.must(good, "IMAGE-06", seq, f"its rules keep this image {f'{max(days)} days' if known else 'for ever'}")

    def _document(self, digest: str, seq: int) -> list[Json] | None:
        if digest not in self.rules:
            self.rules[digest] = None
            try:
                data = self.bundle.read(f"documents/{digest}", LONGEST_RECORD)
                if self.must(data, "IMAGE-05", f"record {seq}", f"its rules, {digest}, are missing", seq, UNCHECKED):
                    self.rules[digest] = read_json(data or b"", RETENTION)["rules"]
            except Wrong as error:
                self.must(False, "IMAGE-05", seq, f"document {digest} holds no retention rules: {error.args[1]}")
        return self.rules[digest]

    def hold(self, record: Json, seq: int, digest: str) -> None:
        self.report.checked["legal holds"] += 1
        good = all(record["name"] != hold["name"] for _, hold in self.holds.values())
        self.must(good, "HOLD-02", seq, f"a hold {record['name']!r} is in force already")
        self.holds[digest] = (seq, record)

    def hold_end(self, record: Json, seq: int, _digest: str) -> None:
        good = self.holds.pop(record["hold"], None) or not self.bundle.whole
        self.must(good, "HOLD-02", seq, "it ends no hold that is in force")

    def finish(self) -> None:
        for name, number in list(self.erased.items())[:20]:
            self.report.statements.append(f"{number} images erased by rule {name!r}")
        for seq, hold in list(self.holds.values())[:20]:
            self.report.statements.append(f"legal hold {hold['name']!r} (record {seq}) is in force")
        self.report.skip(not self.earlier, f"{self.earlier} erasures of images from before the bundle")
        self.report.skip(self.bundle.whole or not self.erased, "legal holds from before the bundle")


def part_class(record: Json) -> str:
    """Which class of the rules a part record belongs to."""
    return "challenge" if record["purpose"] == "challenge" else "pass" if record["verdict"] == "PASS" else "not-pass"


def covers(scope: Json, part: Kept) -> bool:
    """Whether a hold covers a part: everything in its scope that is not null has to fit."""
    return (
        scope["lot"] in (None, part.opening["lot"])
        and scope["serial"] in (None, part.serial)
        and (scope["from_us"] is None or part.t_us >= scope["from_us"])
        and (scope["to_us"] is None or part.t_us <= scope["to_us"])
        and (scope["defect"] is None or scope["defect"] in part.defects)
    )


class Challenges(Check):
    """What a challenge says of its parts, against their own records and the registered set."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.parts: dict[str, Json] = {}
        self.starts: dict[str, tuple[int, Json, Json | None]] = {}
        self.ended: set[str] = set()

    def part(self, record: Json, seq: int, digest: str) -> None:
        if record["purpose"] == "challenge":
            shown = {detection["class"] for view in record["views"] for detection in view["detections"]}
            serial = (record["serial"] or {"text": ""})["text"]
            self.parts[digest] = {
                "seq": seq,
                "serial": serial,
                "verdict": record["verdict"],
                "shown": shown,
                "went": "",
            }

    def outcome(self, record: Json, seq: int, _digest: str) -> None:
        part = self.parts.get(record["part"])
        if part is not None:
            part["went"] = record["confirmed"]
            good = record["commanded"] != "accept"
            self.must(good, "CHALLENGE-04", seq, f"the challenge part of record {part['seq']} was accepted")

    def challenge_start(self, record: Json, seq: int, digest: str) -> None:
        name, registered = f"documents/{record['set']}", None
        self.bundle.named[name] = "challenge set"
        data = self.bundle.read(name, 64 * 1024)
        if data is not None and sha256(data).hex() == record["set"]:  # a changed one is DOC-01
            try:
                registered = {str(part["serial"]): part.get("class") for part in tomllib.loads(data.decode())["parts"]}
            except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
                registered = {}
            good = len(registered) == record["parts"]
            self.must(
                good, "CHALLENGE-02", seq, f"it says {record['parts']} parts, the registered set has {len(registered)}"
            )
        self.starts[digest] = (seq, record, registered)

    def challenge(self, record: Json, seq: int, _digest: str) -> None:
        self.report.checked["challenges"] += 1
        self._list(record["passed_since"], seq)
        begun, start, registered = self.starts.pop(record["start"], (0, None, None))
        if start is None:
            good = not self.bundle.whole and record["start"] not in self.ended
            message = "it is the result of no challenge, or of one that has its result already"
            self.must(good, "CHALLENGE-01", seq, message)
            self.report.skip(not good, "results of challenges that began before the bundle")
            self.ended.add(record["start"])
            return
        self.ended.add(record["start"])
        results = record["results"]
        for result in results:
            self._result(result, begun, registered, seq)
        times = Counter(result["serial"] for result in results)
        shown = len(times) == start["parts"] and min(times.values()) >= start["presentations"] and not record["missing"]
        good = record["result"] == "failed" or (
            shown and all(result["found"] and result["rejected"] for result in results)
        )
        good = good and (record["parts_in"], record["parts_out"]) == (len(results), sum(r["rejected"] for r in results))
        self.must(good, "CHALLENGE-02", seq, "it contradicts itself or its start")

    def _list(self, listed: Json | None, seq: int) -> None:
        if listed:
            name = f"challenge/{listed['file']}"
            self.bundle.named[name] = "list"
            self.report.skip(name in self.bundle.at, f"the list {name} of passed parts is not here")
            good = name not in self.bundle.at or self.bundle.digest(name)[1] == listed["sha256"]
            self.must(good, "CHALLENGE-03", seq, f"the list {name} of passed parts was changed")

    def _result(self, result: Json, begun: int, registered: Json | None, seq: int) -> None:
        part, serial, defect = self.parts.pop(result["part"], None), result["serial"], result["class"]
        named = part is not None and part["seq"] > begun and part["serial"] == serial
        message = f"its result for {serial} names no challenge part of this serial after its start"
        if self.must(named, "CHALLENGE-01", seq, message) and part is not None:
            shown = part["verdict"] == ("PASS" if defect is None else "FAIL") and (
                defect is None or defect in part["shown"]
            )
            good = result["found"] == shown or (defect is not None and not result["found"])
            good = good and result["rejected"] is (part["went"] == "reject")
            good = good and (registered is None or registered.get(serial, 0) == defect)
            self.must(
                good, "CHALLENGE-02", seq, f"what it says of {serial} is not what its records or the registered set say"
            )


PERMIT = re.compile(
    r"inspector/bypass-permit/v1\nstation ([A-Za-z0-9._-]{1,64})\nnot-before (\S{20})\nnot-after (\S{20})\n"
    r"scope (no-verdict|all)\nparts ([1-9][0-9]{0,6})\nnonce ([0-9a-f]{32})\nby ([^\n]+)\nreason ([^\n]+)\n"
)
SECOND = 1_000_000


class Bypasses(Check):
    """Parts pass without a verdict only under a permit: for this station, this time, this number of parts, once."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.start: Json | None = None
        self.start_hash, self.start_seq, self.passed = "", 0, 0
        self.nonces: set[str] = set()
        self.ended = False
        self.late: dict[str, int] = {}

    def bypass_start(self, r: Json, seq: int, digest: str) -> None:
        self.report.checked["bypasses"] += 1
        good = self.start is None and r["nonce"] not in self.nonces
        self.must(good, "BYPASS-04", seq, "another bypass has not ended, or its permit was used before")
        known = self.bundle.policy.get("bypass_authorities", [])
        self.must(
            not known or r["authority"] in known, "BYPASS-05", seq, "its permit is signed by a key that you do not know"
        )
        self.report.skip(known, "the keys that sign permits of a bypass were taken from the records, not from you")
        self.nonces.add(r["nonce"])
        self.start, self.start_hash, self.start_seq, self.passed = r, digest, seq, 0
        name = f"documents/{r['permit']}"
        self.bundle.named[name] = "permit"
        data = self.bundle.read(name, 8_000)
        if data is None:
            self.must(False, "BYPASS-03", f"record {seq}", f"its permit {r['permit']} is missing", seq, UNCHECKED)
            return
        try:
            need(sha256(data).hex() == r["permit"], "", "it does not have its hash")
            self._permit(data, r)
        except (Wrong, ValueError, TypeError) as error:
            self.must(
                False, "BYPASS-03", seq, f"its permit is malformed, not signed, or not for this: {error.args[-1]}"
            )

    def _permit(self, data: bytes, r: Json) -> None:
        found = PERMIT.fullmatch(open_note(data.decode(), "bypass-authority", bytes.fromhex(r["authority"])))
        if found is None:
            raise Wrong("", "it is malformed")
        station, begin, end, scope, parts, nonce, by, reason = found.groups()
        begin_us, end_us = utc_us(begin), utc_us(end)
        stated = (r["station"], r["scope"], r["parts"], r["nonce"])
        need(stated == (station, scope, int(parts), nonce), "", "it has another station, scope, number or nonce")
        inside = begin_us <= r["t_us"] < end_us + SECOND and r["ends_us"] <= end_us <= begin_us + 8 * 3600 * SECOND
        need(inside, "", "the bypass begins or ends outside its times, or it holds for more than 8 hours")
        runs = r["ends_mono_us"] - r["mono_us"] <= r["ends_us"] - r["t_us"] + SECOND
        need(runs, "", "the bypass runs longer than it says")
        self.report.statements.append(f"shift {r['shift']}: BYPASS ({scope}, at most {parts} parts) by {by}: {reason}")

    def part(self, r: Json, seq: int, digest: str) -> None:
        start = self.start
        if r["verdict"] != "BYPASSED":
            return
        if start is None or r["boot"] != start["boot"]:
            self.must(False, "BYPASS-01", seq, "the part is BYPASSED, and no bypass runs")
            return
        self.passed += 1
        if r["mono_us"] > start["ends_mono_us"]:
            self.late[digest] = seq
        gated = [view["verdict"] for view in r["views"] if view["gate"] is not None]
        judged = bool(gated) and (set(gated) != {"PASS"} or len(gated) == len(r["views"]))
        good = (
            self.passed <= start["parts"] and r["purpose"] != "challenge" and not (judged and start["scope"] != "all")
        )
        self.must(good, "BYPASS-01", seq, "the part is BYPASSED beyond the number or the scope of the permit")

    def outcome(self, r: Json, seq: int, _digest: str) -> None:
        good = r["part"] not in self.late or r["commanded"] != "accept"
        self.must(good, "BYPASS-02", seq, "its part was let through after the bypass was over")

    def bypass_end(self, r: Json, seq: int, _digest: str) -> None:
        begun_before = not self.bundle.whole and not self.nonces and not self.ended
        good = begun_before if self.start is None else r["start"] == self.start_hash
        self.must(good, "BYPASS-04", seq, "it ends no bypass that runs")
        self.start, self.ended = None, True

    def shift_close(self, _r: Json, seq: int, _digest: str) -> None:
        self.must(self.start is None, "BYPASS-04", seq, f"the bypass of record {self.start_seq} outlives its shift")


STATEMENT = re.compile(
    r"inspector/statement/v1\nstation (\S+)\nshift ([1-9][0-9]{0,15})\nrecord [1-9][0-9]{0,15} ([0-9a-f]{64})\n"
    r"meaning ([^\n]+)\n(?:[^\n]+\n)*"
)
ACCOUNTS = {"settings": {"setting"}, "program": {"program"}, "users": {"user"}}
ACCOUNTS |= {"recipe": {"recipe", "threshold"}, "model": {"model", "threshold"}}


class People(Check):
    """Sessions begin and end, people sign for what they were shown, and no change is silent."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.boot, self.users, self.asks_who = "", False, False
        self.sessions: set[str] = set()
        self.changed: set[str] = set()
        self.last: Json | None = None

    def login(self, r: Json, _seq: int, digest: str) -> None:
        self.report.checked["log-ins"] += 1
        if r["boot"] != self.boot:
            self.boot, self.sessions = r["boot"], set()
        self.asks_who = self.asks_who or r["method"] != "opc-ua"
        if r["result"] == "ok":
            self.sessions.add(digest)

    def present(self, r: Json) -> bool:
        """Whether the session that a record names is open."""
        return r["boot"] == self.boot and r["login"] in self.sessions

    def logout(self, r: Json, seq: int, _digest: str) -> None:
        self.must(self.present(r) or not self.bundle.whole, "ACCESS-01", seq, "it ends no session")
        self.sessions.discard(r["login"])

    def user_change(self, r: Json, _seq: int, _digest: str) -> None:
        self.report.checked["changes of users"] += 1
        self.users = True
        self.last = self.last and {**self.last, "users": r["store"]}

    def change(self, r: Json, _seq: int, _digest: str) -> None:
        if r["name"] != "announced":
            self.report.checked["changes"] += 1
            self.changed.add(r["what"])

    def setup(self, r: Json, seq: int, _digest: str) -> None:
        for name in ("settings", "program", "recipe", "model"):
            self.bundle.named[f"documents/{r[name]}"] = name
        before = self.last or r
        silent = [name for name, by in ACCOUNTS.items() if r[name] != before[name] and not by & self.changed]
        self.must(not silent, "CHANGE-01", seq, f"not as before, and no change record says so: {', '.join(silent)}")
        self.last, self.changed = r, set()

    def shift_open(self, r: Json, seq: int, _digest: str) -> None:
        good = self.last is None or all(r[name]["digest"] == self.last[name] for name in ("recipe", "model"))
        self.must(good, "CHANGE-02", seq, "its recipe or model is not that of the last setup record")

    def signature(self, r: Json, seq: int, _digest: str) -> None:
        self.report.checked["signatures of people"] += 1
        typed = r["method"].startswith("staff id as typed")
        self.report.skip(
            not typed, "who signed: staff ids were taken as typed, and nobody was asked to show who it was"
        )
        self.must(
            not (typed and self.users), "ACCESS-02", seq, "it was signed without log-in at a station that has users"
        )
        if "statement" not in r:
            return
        name = f"documents/{r['statement']}"
        self.bundle.named[name] = "statement"
        data = self.bundle.read(name, 65_000)
        if data is None:
            message = f"the statement that was signed, {r['statement']}, is missing"
            self.must(False, "ACCESS-03", f"record {seq}", message, seq, UNCHECKED)
            return
        found = STATEMENT.fullmatch(data.decode("utf-8", "replace"))
        shown = found.groups() if found and sha256(data).hex() == r["statement"] else ()
        good = shown == (r["station"], str(r["shift"]), r["target"], r["meaning"])
        self.must(good, "ACCESS-03", seq, "the statement that was signed is not for this, or does not have its hash")


LINE, HASH = r"\S(?:[^\n]{0,498}\S)?", "[0-9a-f]{64}"
SIGNED = rf"by (?P<by>{LINE})\ntime (?P<time>\S{{20}})\nreason (?P<reason>{LINE})\n"
IN_FORCE = re.compile(rf"([A-Za-z0-9._-]{{1,64}}): .*recipe ({HASH}), model ({HASH})", re.DOTALL)
NOTES = {
    "proposal": rf"release (?P<document>{HASH})\nproduct (?P<product>\S+)\nmodel (?P<model>{HASH})\n"
    rf"recipe (?P<recipe>{HASH})\ntrainer (?P<trainer>{LINE})\n",
    "approval": rf"proposal (?P<proposal>{HASH})\nrelease (?P<document>{HASH})\n",
}
SIGNERS = {"proposal": "proposer", "approval": "approver"}


def no_twin(pairs: list[tuple[str, Any]]) -> Json:
    """An object of JSON in which no key stands twice."""
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a key is there twice")
    return dict(pairs)


def same_person(name: str) -> str:
    """Blanks, capital letters and how an accent is encoded do not make another person."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


class Releases(Check):
    """What judges was proposed by one person, approved by another, and is what they signed for (formats.md, 2.26)."""

    def __init__(self, bundle: Bundle) -> None:
        super().__init__(bundle)
        self.judges: tuple[str, str] | None = None
        self.told: set[str] = set()

    def change(self, r: Json, seq: int, _digest: str) -> None:
        moment = (r["what"], r["name"]) == ("recipe", "in force")
        self.judges = None if moment else self.judges
        if "release" not in r:
            return
        self.report.checked["releases put in force"] += 1
        said, known = r["release"], self.bundle.policy.get("release_authorities", [])
        keys, found = {said["proposer"], said["approver"]}, IN_FORCE.fullmatch(r["new"] or "") if moment else None
        message = "its release is proposed or approved by a key that you do not know"
        self.must(not known or keys <= {*known}, "CHANGE-04", seq, message)
        self.report.skip(known, "the keys that propose and approve releases were taken from the records, not from you")
        self.must(len(keys) == 2, "CHANGE-03", seq, "its release is proposed and approved with one key")
        for what in ("document", "proposal", "approval", "report"):
            self.bundle.named[f"documents/{said[what]}"] = f"{what} of a release"
        if self.must(found, "CHANGE-03", seq, "it names a release, and puts no recipe and model in force") and found:
            self.judges = (found[2], found[3])
            try:
                words = self._compare(said, {"product": found[1], "recipe": found[2], "model": found[3], **said}, seq)
                if said["document"] not in self.told:
                    self.told.add(said["document"])
                    first = f"release {said['document'][:16]}, first put in force by record {seq} in shift {r['shift']}"
                    self.report.statements.append(f"{first}: {words}")
            except (Wrong, ValueError, TypeError, LookupError, RecursionError) as error:
                self.must(False, "CHANGE-03", seq, f"what was signed is not this release: {error.args[-1]}")

    def setup(self, r: Json, seq: int, _digest: str) -> None:
        good = self.judges in (None, (r["recipe"], r["model"]))
        self.must(good, "CHANGE-03", seq, "its recipe or model is not that of the release that is in force")

    def _read(self, digest: str, what: str, limit: int, seq: int) -> bytes | None:
        data = self.bundle.read(f"documents/{digest}", limit)
        message = f"{what} {digest} of its release is missing"
        self.must(data is not None, "CHANGE-03", f"record {seq}", message, seq, UNCHECKED)
        need(data is None or sha256(data).hex() == digest, "", f"{what} does not have its hash")
        return data

    def _compare(self, said: Json, wanted: Json, seq: int) -> str:
        """Each document that is here against the record, and one person against the other; all in words."""
        words, people, trainers = [f"product {wanted['product']}"], dict[str, str](), set[str]()
        for what, signer in SIGNERS.items():
            note, key = self._read(said[what], what, 8_000, seq), said[signer]
            if note is not None:
                text = open_note(note.decode(), f"release-{signer}", bytes.fromhex(key))
                found = re.fullmatch(f"inspector/release-{what}/v1\n{NOTES[what]}{SIGNED}", text)
                lines = found.groupdict() if found else {}
                need(lines and all(map(str.isprintable, lines.values())), "", f"the {what} is malformed")
                other = [name for name in lines if wanted.get(name, lines[name]) != lines[name]]
                need(not other, "", f"the {what} is of another {' and '.join(other)}")
                utc_us(lines["time"])
                people[what] = same_person(lines["by"])
                trainers |= {lines["trainer"]} if "trainer" in lines else set()
                print_of = sha256(bytes.fromhex(key)).hex()[:16]
                words.append(f"{what} by {lines['by']} ({lines['reason']}), key {print_of}")
        data = self._read(said["document"], "release.json", 1 << 20, seq)
        if data is not None:
            release = json.loads(data.decode(), object_pairs_hook=no_twin, parse_constant=decimal)  # which NaN is not
            names, files, checks = ("recipe", "model"), release["files"], release["gate"]["checks"]
            good = release["format"] == "inspector-release/1" and release["product"] == wanted["product"]
            good = good and all(release[name]["digest"] == wanted[name] for name in names)
            need(good, "", "release.json is of another product, recipe or model")
            good = (files["report.json"], files["recipe.toml"]) == (said["report"], wanted["recipe"])
            need(good, "", "release.json names another report or recipe")
            need(checks and all(check["passed"] is True for check in checks), "", "a rule of its gate has not passed")
            good = re.fullmatch(LINE, release["trainer"]) and release["trainer"].isprintable()
            need(good, "", "release.json names no trainer")
            trainers.add(release["trainer"])
            words.append(f"trained by {release['trainer']}; {len(checks)} rules of the gate passed")
        approver = people.get("approval")
        need(len(trainers) < 2, "", "the proposal names another trainer than release.json")
        good = approver is None or approver not in {people.get("proposal"), *map(same_person, trainers)}
        need(good, "", "who approved it proposed it or trained the model")
        return "; ".join(words)


class Reviews(Check):
    """A review is of a production part before it, by somebody who was logged in where people log in."""

    def __init__(self, bundle: Bundle, people: People) -> None:
        super().__init__(bundle)
        self.people = people
        self.numbers, self.digests = array("Q"), bytearray()
        self.earlier = 0

    def part(self, r: Json, seq: int, digest: str) -> None:
        if r["purpose"] == "production":
            self.numbers.append(seq)
            self.digests += bytes.fromhex(digest)

    def review(self, r: Json, seq: int, _digest: str) -> None:
        self.report.checked["reviews"] += 1
        if r["record"] < self.bundle.manifest["first"]:
            self.earlier += 1
        else:
            at = bisect.bisect_left(self.numbers, r["record"])
            found = self.numbers[at : at + 1].tolist() == [r["record"]]
            good = found and self.digests[32 * at : 32 * at + 32].hex() == r["part"]
            self.must(good, "REVIEW-01", seq, "it is of no production part before it")
        if r["login"] is None:
            good = r["role"] is None and not self.people.asks_who
        else:
            good = r["role"] is not None and (self.people.present(r) or not self.bundle.whole)
        self.must(good, "REVIEW-02", seq, "it is not by somebody who was logged in, where people log in")

    def finish(self) -> None:
        self.report.skip(not self.earlier, f"{self.earlier} reviews of parts from before the bundle")


# --------------------------------------------------------------------------------------------------------------- output
STYLE = "body{font:16px sans-serif;max-width:60em;margin:2em auto}h1{color:#fff;padding:.4em}img{max-width:24em}"


def as_html(answer: Json, bundle: Bundle | None) -> str:
    """A page for people: the answer, and the first 100 parts without PASS with their pictures."""
    esc, colour = html.escape, ("#1a7f37", "#9a6700", "#b3261e")[answer["exit_code"]]
    out = [f"<!doctype html><html lang=en><meta charset=utf-8><title>Verification</title><style>{STYLE}</style>"]
    out.append(f"<h1 style='background:{colour}'>{answer['verdict']}</h1><p>Station {esc(answer['station'])}")
    out.append("<p>Checked: " + ", ".join(f"{number} {what}" for what, number in answer["checked"].items()))
    for title, key in (("Findings", "lines"), ("Statements", "statements"), ("Not checked", "not_checked")):
        out += [f"<h2>{title}</h2><ul>", *(f"<li>{esc(line)}" for line in answer[key] or ["none"]), "</ul>"]
    for seq, record in bundle.rejects if bundle else ():
        serial = (record["serial"] or {"text": "no serial"})["text"]
        out.append(f"<h3>Record {seq}: {record['verdict']}, {esc(serial)}</h3><p>{esc(record['reason'])}")
        for image in (view["image"] for view in record["views"] if view["image"]):
            name = f"images/{image['digest'][:2]}/{image['digest']}.png"
            if bundle and name in bundle.at and bundle.zip.getinfo(name).file_size < 10_000_000:
                out.append(
                    f"<p><img alt='' src='data:image/png;base64,{base64.b64encode(bundle.zip.read(name)).decode()}'>"
                )
    return "\n".join(out)


def verify(path: str, policy: str | None = None, with_images: bool = True, page: str | None = None) -> Json:
    """The answer on one bundle; `page` names a file for the report with pictures."""
    report, bundle, answer = Report(), None, None
    try:
        known = read_policy(policy)
        with Path(path).open("rb") as file:
            if file.read(2) != b"PK":
                raise CannotCheck("it is no zip file")
            try:
                with zipfile.ZipFile(file) as archive:
                    check_container(archive, file)
                    bundle = Bundle(archive, known, report, with_images)
                    bundle.verify()
                    answer = report.answer()
                    if page:
                        Path(page).write_text(as_html(answer, bundle), "utf-8")
            except Wrong as error:
                report.must(False, error.args[0], path, error.args[1])
            except (
                zipfile.BadZipFile,
                struct.error,
                ValueError,
                EOFError,
                NotImplementedError,
                OverflowError,
            ) as error:
                report.must(False, "BUNDLE-01", path, f"the zip file is damaged: {error}")
    except (CannotCheck, OSError) as error:
        report.must(False, "BUNDLE-01", path, f"it cannot be read: {error}", END, UNCHECKED)
    answer = report.answer() if answer is None or report.total[TAMPERED] else answer
    if page and bundle is None:
        Path(page).write_text(as_html(answer, None), "utf-8")
    return answer


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    codes = "exit codes: 0 valid, 1 could not check, 2 tampering"
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0], epilog=codes)
    parser.add_argument("bundle", help="the audit bundle, a zip file")
    parser.add_argument("--policy", help="TOML file with what you know from elsewhere: station_key, logs, latest ...")
    parser.add_argument("--json", action="store_true", help="the answer as one JSON object")
    parser.add_argument("--html", metavar="FILE", help="write a report with pictures")
    parser.add_argument("--no-images", action="store_true", help="do not read the image files")
    options = parser.parse_args(arguments)
    answer = verify(options.bundle, options.policy, not options.no_images, options.html)
    if options.json:
        print(json.dumps(answer, indent=2))
        return int(answer["exit_code"])
    print(*answer["lines"][:50], sep="\n")
    print(f"{answer['verdict']}: " + ", ".join(f"{number} {what}" for what, number in answer["checked"].items()))
    print(*(f"  {line}" for line in answer["statements"]), sep="\n")
    print(*(f"  not checked: {line}" for line in answer["not_checked"]), sep="\n")
    return int(answer["exit_code"])


if __name__ == "__main__":
    sys.exit(main())
