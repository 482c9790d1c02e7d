# SPDX-License-Identifier: Apache-2.0
"""Attacks on receipts of logs that have witnesses, for an auditor who knows logs and witnesses."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

from cryptography.hazmat.primitives.asymmetric.mldsa import MLDSA44PrivateKey

from inspector.evidence import merkle, note
from inspector.evidence.cosignature import COSIGNATURE_ML_DSA_44, CosignerKey
from inspector.evidence.keys import DocumentSigner, SigningKey
from inspector.evidence.proof import LogProof, format_proof
from tests.assets.attacks.bundle import Pieces
from tests.assets.attacks.history import (
    ROOT_KEY,
    Changes,
    History,
    Json,
    Signed,
    key_of,
    root_statement,
    sha,
)
from tests.assets.attacks.table import POLICY, attack

SHARED, SECOND = "example.com/shared-log", "example.org/second-log"
SECOND_US = 1_000_000


@dataclass(frozen=True)
class Cosigner:
    """A witness."""

    key: CosignerKey
    signer: DocumentSigner


def witness(word: str, name: str = "") -> Cosigner:
    """The same key for the same word."""
    signer = key_of(f"witness {word}")
    return Cosigner(CosignerKey(f"{name or word}.example.com/witness", signer.public_key), signer)


def quantum(word: str) -> Cosigner:
    """One that signs by ML-DSA-44; its signatures differ each time, as the algorithm wants."""
    signer = MLDSA44PrivateKey.from_seed_bytes(hashlib.sha256(word.encode()).digest())
    public = signer.public_key().public_bytes_raw()
    return Cosigner(CosignerKey(f"{word}.example.com/witness", public, COSIGNATURE_ML_DSA_44), signer)


PLANT, CUSTOMER, AUDITOR = witness("plant"), witness("customer"), quantum("auditor")
ALL = (PLANT, CUSTOMER, AUDITOR)
STRANGERS = tuple(witness(f"stranger {number}", f"w{number}") for number in range(3))
NAMESAKES = (witness("thief", "plant"), witness("other thief", "customer"))


def log_policy(origin: str, key: SigningKey, *witnesses: Cosigner, enough: int = 2) -> str:
    """One log and its witnesses as c2sp.org/tlog-policy."""
    lines = [f"log {note.NoteKey(origin, key.public_key).vkey()}"]
    names = [f"w{number}" for number, _ in enumerate(witnesses)]
    lines += [f"witness {name} {one.key.vkey()}" for name, one in zip(names, witnesses, strict=True)]
    lines += [f"group enough {enough} {' '.join(names)}", "quorum enough"] if witnesses else ["quorum none"]
    return "\n".join(lines) + "\n"


SHARED_KEY, SECOND_KEY = key_of(SHARED), key_of(SECOND)
SHARED_POLICY = log_policy(SHARED, SHARED_KEY, *ALL)
KNOWS: Json = {**POLICY, "logs": [SHARED_POLICY], "cosigned_within_s": 3600}
"""The auditor knows the shared log and its witnesses, and looks at what is there."""
ASKS: Json = {**KNOWS, "require": ["witness"]}
"""The same, and each seal must have been seen by two of the three."""
BOTH: Json = {**POLICY, "logs": [SHARED_POLICY, log_policy(SECOND, SECOND_KEY)], "require": ["log"]}
"""Each seal must be in both shared logs, and in the plant's own."""


@dataclass
class Log:
    """A log that several stations share."""

    origin: str = SHARED
    key: SigningKey = SHARED_KEY
    entries: list[bytes] = field(default_factory=lambda: [b"entry of another station"])

    def proof(self, index: int, size: int = 0) -> LogProof:
        """That an entry is there, with a checkpoint that nobody cosigned."""
        leaves = [merkle.leaf_hash(entry) for entry in self.entries[: size or len(self.entries)]]
        checkpoint = note.Checkpoint(self.origin, len(leaves), merkle.root(leaves))
        text = note.sign_checkpoint(checkpoint, self.key, self.key.public_key)
        return LogProof(index, tuple(merkle.inclusion_proof(leaves, index)), text)

    def receipt(
        self,
        digest: str,
        entry: bytes,
        t_us: int,
        who: Sequence[Cosigner] | Mapping[Cosigner, int] = ALL,
        after_s: int = 5,
    ) -> Json:
        """Take an entry; the line of its receipt, cosigned so many seconds after a time."""
        self.entries.append(entry)
        index = len(self.entries) - 1
        proof = self.proof(index)
        return self.line(digest, index, proof, cosigned(proof.checkpoint, who, t_us // SECOND_US + after_s))

    def line(self, digest: str, index: int, proof: LogProof, checkpoint: str) -> Json:
        """A line of `receipts.txt`."""
        text = format_proof(LogProof(index, proof.hashes, checkpoint))
        return {"seal": digest, "ledger": {"kind": "tlog", "origin": self.origin}, "index": index, "proof": text}


def cosigned(checkpoint: str, who: Sequence[Cosigner] | Mapping[Cosigner, int], time_s: int) -> str:
    """The checkpoint with more signatures."""
    text = checkpoint.partition("\n\n")[0] + "\n"
    return checkpoint + "".join(one.key.cosign(text, one.signer, time_s + number) for number, one in enumerate(who))


def time_of(seal: Signed) -> int:
    """What a seal says of itself."""
    return int(json.loads(seal.data)["t_us"])


Second = Callable[[Log, Signed], Json | None]


def of(log: Log, seal: Signed, who: Sequence[Cosigner] = ALL, after_s: int = 5) -> Json:
    """A seal's receipt."""
    return log.receipt(sha(seal.data), seal.data + seal.signature, time_of(seal), who, after_s)


def lines(pieces: Pieces, log: Log, second: Second = of, who: Sequence[Cosigner] = ALL) -> list[Json]:
    """Receipts of the first seal, of the rotation, and of the second seal, which may have another one, or none."""
    rotation = next(data for data in pieces.files.values() if data.startswith(b"inspector/key-rotation/v1"))
    first = of(log, pieces.seals[0], who)
    turn = log.receipt(sha(rotation), rotation, time_of(pieces.seals[0]), who)
    return [line for line in (first, turn, second(log, pieces.seals[1])) if line is not None]


def told(changes: Changes | None = None) -> Pieces:
    """The bundle without receipts beside those in its records, which are of the plant's own log."""
    return Pieces.of(History(changes).tell())


def put(pieces: Pieces, *receipts: Json) -> bytes:
    """The bundle with these receipts."""
    pieces.receipts = sorted(receipts, key=lambda one: (str(one["seal"]), str(one["ledger"]["origin"])))
    return pieces.zip()


def honest() -> Pieces:
    """Everything in the shared log, as pieces."""
    pieces = told()
    put(pieces, *lines(pieces, Log()))
    return pieces


def witnessed(second: Second = of, changes: Changes | None = None) -> bytes:
    """Each seal and the rotation in the shared log, seen by all three witnesses."""
    pieces = told(changes)
    return put(pieces, *lines(pieces, Log(), second))


def in_both(second: Second = of) -> bytes:
    """Each seal in both shared logs; nobody watches the second."""
    pieces = told()
    return put(pieces, *lines(pieces, Log()), *lines(pieces, Log(SECOND, SECOND_KEY), second, ()))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS)
def cosignatures_stripped() -> bytes:
    """The cosignatures of a seal's receipt are left out, and the auditor requires witnesses."""
    return witnessed(lambda log, seal: of(log, seal, ()))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS)
def cosigned_by_too_few() -> bytes:
    """One of three witnesses has seen the seal, and the auditor asks for two."""
    return witnessed(lambda log, seal: of(log, seal, [CUSTOMER]))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS)
def cosigned_twice_by_one() -> bytes:
    """One witness has cosigned twice, to count for two."""
    return witnessed(lambda log, seal: of(log, seal, [PLANT, PLANT]))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS)
def cosigned_by_witnesses_of_another_policy() -> bytes:
    """Three witnesses have seen the seal, none of them one that the auditor trusts."""
    return witnessed(lambda log, seal: of(log, seal, STRANGERS))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS)
def cosigned_by_namesakes() -> bytes:
    """Keys of a thief have cosigned under the names of the auditor's witnesses."""
    return witnessed(lambda log, seal: of(log, seal, NAMESAKES))


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=ASKS)
def witnessed_receipt_left_out() -> bytes:
    """The seal is in the plant's own log only."""
    return witnessed(lambda log, seal: None)


def moved(who: Sequence[Cosigner]) -> Second:
    """Cosignatures of the checkpoint before stand under that of the second seal."""

    def second(log: Log, seal: Signed) -> Json:
        earlier = cosigned(log.proof(1).checkpoint, who, time_of(seal) // SECOND_US)
        signatures = earlier.partition("\n\n")[2].split("\n", 1)[1]
        line = of(log, seal, ())
        return {**line, "proof": line["proof"] + signatures}

    return second


@attack("LEDGER-09", policy=KNOWS)
def cosignatures_moved() -> bytes:
    """Cosignatures of an earlier checkpoint stand under the one that shows the seal."""
    return witnessed(moved([PLANT, CUSTOMER]))


@attack("LEDGER-09", policy=KNOWS)
def cosignature_moved_of_another_algorithm() -> bytes:
    """The same with the witness that signs by ML-DSA-44."""
    return witnessed(moved([AUDITOR]))


@attack("LEDGER-09", policy=KNOWS)
def cosignatures_of_another_log() -> bytes:
    """The witnesses have seen the seal in a log of the forger's own; their cosignatures stand under the shared one."""

    def second(log: Log, seal: Signed) -> Json:
        own = Log("example.net/forger", key_of("thief of a name"), list(log.entries))
        theirs = of(own, seal, [PLANT, AUDITOR])["proof"].splitlines(True)[-2:]
        line = of(log, seal, ())
        return {**line, "proof": line["proof"] + "".join(theirs)}

    return witnessed(second)


@attack("LEDGER-09", policy=KNOWS)
def cosignature_with_another_time() -> bytes:
    """The time in a cosignature was set back by an hour."""

    def second(log: Log, seal: Signed) -> Json:
        line = of(log, seal, [PLANT, CUSTOMER])
        top, _, last = line["proof"].rstrip("\n").rpartition(" ")
        blob = base64.b64decode(last)
        time_s = int.from_bytes(blob[4:12], "big") - 3600
        changed = base64.b64encode(blob[:4] + time_s.to_bytes(8, "big") + blob[12:]).decode()
        return {**line, "proof": f"{top} {changed}\n"}

    return witnessed(second)


@attack("LEDGER-01", policy=KNOWS)
def log_of_the_forgers_own() -> bytes:
    """A log of the forger's own, under the name of the shared one; the witnesses see it for the first time."""
    return witnessed(lambda log, seal: of(Log(key=key_of("thief of a name")), seal))


@attack("KEY-01", "keys/log.vkey", policy=KNOWS)
def key_of_a_log_exchanged() -> bytes:
    """The bundle names another key for the log that the auditor knows."""
    pieces = told()
    pieces.files["keys/log.vkey"] = note.NoteKey(SHARED, key_of("thief of a name").public_key).vkey().encode() + b"\n"
    return pieces.zip()


@attack("LEDGER-05", policy=KNOWS)
def two_histories_of_one_size() -> bytes:
    """The shared log shows two histories of the same size, each to other witnesses: one of these has lied."""

    def second(log: Log, seal: Signed) -> Json:
        other = Log(entries=[b"entry of a third station", *log.entries[1:2]])
        log.receipt("", b"entry", time_of(seal))
        return of(other, seal, [CUSTOMER, AUDITOR])

    return witnessed(second)


@attack("LEDGER-05", policy=KNOWS)
def two_documents_at_one_index() -> bytes:
    """The shared log forked: it proves both seals to be its entry 1, in trees of different sizes."""

    def second(log: Log, seal: Signed) -> Json:
        other = Log()
        other.entries.append(seal.data + seal.signature)
        other.entries += [b"entry"] * 5
        proof = other.proof(1)
        return other.line(sha(seal.data), 1, proof, cosigned(proof.checkpoint, ALL, time_of(seal) // SECOND_US))

    return witnessed(second)


@attack("LEDGER-01", policy=KNOWS)
def receipt_from_before_it_was_there() -> bytes:
    """The log went back: the seal's receipt carries the checkpoint of the tree that did not have it yet."""

    def second(log: Log, seal: Signed) -> Json:
        line, before = of(log, seal), log.proof(1, 3)
        return log.line(
            line["seal"], line["index"], before, cosigned(before.checkpoint, ALL, time_of(seal) // SECOND_US)
        )

    return witnessed(second)


@attack("LEDGER-01", policy=KNOWS)
def witnessed_receipt_of_the_seal_before() -> bytes:
    """The receipt of the first seal is told to be that of the second."""

    def second(log: Log, seal: Signed) -> Json:
        proof = log.proof(1)
        return log.line(sha(seal.data), 1, proof, cosigned(proof.checkpoint, ALL, time_of(seal) // SECOND_US))

    return witnessed(second)


@attack("LEDGER-01", policy=KNOWS)
def receipt_of_another_station() -> bytes:
    """The receipt proves that another station's entry is in the log."""

    def second(log: Log, seal: Signed) -> Json:
        proof = log.proof(0)
        return log.line(sha(seal.data), 0, proof, cosigned(proof.checkpoint, ALL, time_of(seal) // SECOND_US))

    return witnessed(second)


def twin(kind: str, shift: int, fields: Json) -> None:
    """A second seal of the second shift."""
    if (kind, shift) == ("seal", 2):
        fields["t_us"] += 1


@attack("LEDGER-01", policy=BOTH)
def twin_seal_with_a_thiefs_receipt() -> bytes:
    """A thief of the station's key sealed a shift again for one log; the receipt of the other is of the first seal."""
    pieces, honest = told(Changes(document=twin)), told()
    theirs = lines(honest, Log(SECOND, SECOND_KEY), who=())
    theirs[-1]["seal"] = sha(pieces.seals[1].data)
    return put(pieces, *lines(pieces, Log()), *theirs)


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy=BOTH)
def twin_seal_in_one_log() -> bytes:
    """The seal is in one shared log, its twin in the other: there is no receipt of both for either."""
    return in_both(lambda log, seal: None)


@attack("POLICY-01", "seal of shift 2", exit_code=1, policy={**POLICY, "logs": BOTH["logs"][1:], "require": ["log"]})
def logged_where_nobody_looks() -> bytes:
    """Everything is in a log with witnesses, and the auditor knows another one."""
    return witnessed()


def dated(by_us: int, after_s: int) -> bytes:
    """The second seal says another time, and is cosigned so many seconds after that."""

    def change(kind: str, shift: int, fields: Json) -> None:
        if (kind, shift) == ("seal", 2):
            fields["t_us"] += by_us

    return witnessed(lambda log, seal: of(log, seal, after_s=after_s), Changes(document=change))


@attack("LEDGER-10", "seal of shift 2", exit_code=1, policy=ASKS)
def seal_backdated_and_witnessed_late() -> bytes:
    """A seal was made two hours later under an old time: the witnesses saw it later than the auditor allows."""
    return dated(0, 7200)


@attack("LEDGER-10", "seal of shift 2", exit_code=1, policy=ASKS)
def seal_witnessed_in_advance() -> bytes:
    """A seal says a time that was still to come when the witnesses saw it."""
    return dated(600 * SECOND_US, -598)


@attack("LEDGER-10", "seal of shift 2", exit_code=1, policy=ASKS)
def seal_witnessed_late_by_the_second() -> bytes:
    """One witness has lent its name to an early time; the second that is needed saw the seal hours later."""

    def second(log: Log, seal: Signed) -> Json:
        line, text = of(log, seal, [PLANT]), log.proof(1).checkpoint.partition("\n\n")[0] + "\n"
        late = CUSTOMER.key.cosign(text, CUSTOMER.signer, time_of(seal) // SECOND_US + 7200)
        return {**line, "proof": line["proof"] + late}

    return witnessed(second)


def revoked(below: int, log: str = SHARED) -> Json:
    """The plant root has revoked the first key from an entry of a log on."""
    said = root_statement(f"log {log}", f"below {below}", "by Kim, QA", "reason stolen").decode()
    policy = {name: value for name, value in BOTH.items() if name != "require"}
    return {**policy, "plant_root": ROOT_KEY.public_key.hex(), "root_statements": [said]}


@attack("KEY-04", "seal of shift 1", policy=revoked(1))
def revoked_by_the_order_of_a_shared_log() -> bytes:
    """The first key is revoked from entry 1 of the shared log on; its seal is that entry."""
    return witnessed()


@attack("KEY-04", "seal of shift 1", exit_code=1, policy=revoked(9, SECOND))
def revoked_by_a_log_that_has_not_seen_it() -> bytes:
    """The first key is revoked by the order of the second log, which has not its seal; another log has."""
    return witnessed()


@attack("KEY-04", "seal of shift 1", exit_code=1, policy=revoked(9))
def revoked_and_early_without_witnesses() -> bytes:
    """A thief of the revoked key and of the log's key makes an early entry that no witness has seen."""
    pieces = told()
    return put(pieces, *lines(pieces, Log(), who=()))
