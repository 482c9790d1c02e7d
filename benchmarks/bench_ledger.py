# SPDX-License-Identifier: AGPL-3.0-or-later
"""Anchors per second into a transparency log, size of a proof, time of its check: `python -m benchmarks.bench_ledger`.

The log is measured as a station has its own (a folder, one document after the other, and in batches), and shared: its
server and three witnesses as processes of their own on this machine, two of which have to cosign, over HTTP on
loopback; one document to a request, and in batches. Beside it what cannot be done without: the signature of each
document and the bare fsync of two files. The check of a proof offline (log, three witnesses, audit path) is compared
with four bare Ed25519 verifications. Rounds are interleaved; the median of five counts.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

from inspector.evidence.chain import Chain, Stamp
from inspector.evidence.keys import SigningKey, verify_signature
from inspector.evidence.merkle import leaf_hash
from inspector.evidence.note import parse_vkey
from inspector.evidence.proof import parse_proof, verify_leaf_proof
from inspector.evidence.record import GENESIS
from inspector.evidence.seal import SignedDocument, build_seal, sign_document
from ledger_anchor.ledger import Receipt
from ledger_anchor.log.directory import DirectoryLog, Submission
from ledger_anchor.log.files import create_log
from ledger_anchor.server.client import HttpLog
from tests.ledger_rig import SharedLog

ROUNDS = 5
SINGLE = 40
BATCH = 256
BATCHES = 4
CHECKS = 200
AIM_PER_S, AIM_BYTES, AIM_CHECK_MS = 1_000, 2_048, 1.0


class Seals:
    """Seals of one station, one after the other, as a station makes them."""

    def __init__(self, name: str, key: SigningKey) -> None:
        self._name, self._key = name, key
        self._chain, self._prev_seal = Chain(name), GENESIS

    def take(self, count: int) -> list[SignedDocument]:
        """The next ones."""
        return [self._next() for _ in range(count)]

    def _next(self) -> SignedDocument:
        chain = self._chain
        chain.append("state", {"state": "x", "reasons": []}, Stamp(chain.seq + 1, 1, "0" * 16))
        data = build_seal(
            self._name,
            chain.span,
            chain.prev,
            1,
            self._prev_seal,
            self._key.public_key,
            True,
            t_open_us=1,
            t_close_us=1,
        )
        document = sign_document(data, self._key)
        chain.start_shift()
        self._prev_seal = document.digest
        return document


def rate(documents: int, work: Callable[[], object]) -> float:
    """Documents per second."""
    start_s = time.perf_counter()
    work()
    return documents / (time.perf_counter() - start_s)


def bare(folder: Path, key: SigningKey, documents: list[SignedDocument]) -> None:
    """Check each signature, write two files durably for all of them."""
    for document in documents:
        verify_signature(key.public_key, document.signature, b"inspector/seal/v1\0" + document.data)
    for name in ("entries", "checkpoint"):
        with (folder / name).open("wb") as file:
            file.write(b"".join(document.leaf for document in documents))
            file.flush()
            os.fsync(file.fileno())


def submissions(documents: list[SignedDocument]) -> list[Submission]:
    """Without a proof: seals of shifts that had no head."""
    return [Submission(document) for document in documents]


def measure(folder: Path) -> dict[str, object]:
    """All figures."""
    key = SigningKey.generate()
    rates: dict[str, list[float]] = {}
    with ExitStack() as undo:
        create_log(folder / "own", "bench/own", {"bench": key.public_key})
        own = DirectoryLog(folder / "own")
        undo.callback(own.close)
        (folder / "shared").mkdir()
        shared = SharedLog(folder / "shared", {"bench": key})
        undo.callback(shared.close)
        shared.start()
        client = shared.client("bench")
        undo.callback(client.close)
        own_seals, shared_seals = Seals("bench", key), Seals("bench", key)
        for _ in range(ROUNDS):
            for name, documents, work in _round(folder, key, own, client, own_seals, shared_seals):
                rates.setdefault(name, []).append(rate(documents, work))
        documents = shared_seals.take(CHECKS)
        receipts = [one for one in client.submit_all(submissions(documents)) if isinstance(one, Receipt)]
        checks = _checks(shared, documents, receipts)
    return {
        "machine": platform.machine(),
        "cpus": os.cpu_count(),
        "per_s": {name: round(statistics.median(found)) for name, found in rates.items()},
        "entries": own.size,
        "proof_bytes": max(len(receipt.proof) for receipt in receipts),
        **checks,
        "aims": {"per_s": AIM_PER_S, "proof_bytes": AIM_BYTES, "check_ms": AIM_CHECK_MS},
    }


def _round(
    folder: Path, key: SigningKey, own: DirectoryLog, client: HttpLog, own_seals: Seals, shared_seals: Seals
) -> Iterator[tuple[str, int, Callable[[], object]]]:
    single, many = own_seals.take(SINGLE), own_seals.take(BATCH * BATCHES)
    yield "folder, one by one", SINGLE, lambda: [own.submit(document) for document in single]
    batches = [submissions(many[at : at + BATCH]) for at in range(0, len(many), BATCH)]
    yield f"folder, {BATCH} at once", len(many), lambda: [own.submit_all(batch) for batch in batches]
    yield f"bare, {BATCH} at once", BATCH, lambda: bare(folder, key, many[:BATCH])
    one, rest = shared_seals.take(SINGLE), shared_seals.take(BATCH * BATCHES)
    yield "shared, 3 witnesses, one by one", SINGLE, lambda: [client.submit(document) for document in one]
    packed = [submissions(rest[at : at + BATCH]) for at in range(0, len(rest), BATCH)]
    yield f"shared, 3 witnesses, {BATCH} at once", len(rest), lambda: [client.submit_all(batch) for batch in packed]


def _checks(shared: SharedLog, documents: list[SignedDocument], receipts: list[Receipt]) -> dict[str, float]:
    """How long the check of a receipt takes, and as a ratio to its four bare signatures."""
    key, policy, signer = parse_vkey(shared.vkey), shared.policy, SigningKey.generate()
    leaves, message = [leaf_hash(document.leaf) for document in documents], b"x" * 120
    signature = signer.sign(message)

    def check() -> None:
        for receipt, leaf in zip(receipts, leaves, strict=True):
            verify_leaf_proof(receipt.proof, leaf, key)
            policy.accept(parse_proof(receipt.proof).checkpoint.encode("utf-8"), key)

    def four() -> None:
        for _ in receipts:
            for _ in range(4):
                verify_signature(signer.public_key, signature, message)

    pairs = [(rate(len(receipts), check), rate(len(receipts), four)) for _ in range(ROUNDS)]
    return {
        "check_ms": round(statistics.median(1_000 / ours for ours, _ in pairs), 3),
        "check_to_four_signatures": round(statistics.median(theirs / ours for ours, theirs in pairs), 2),
    }


def main() -> int:
    """Measure and print; exit code 1 if an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print the result as JSON")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        result = measure(Path(folder))
    if arguments.json:
        print(json.dumps(result, indent=2))
    else:
        for name, found in result["per_s"].items():  # type: ignore[attr-defined]
            print(f"{name:40} {found:8,} anchors/s")
        print(
            f"proof with 3 cosignatures                {result['proof_bytes']:8,} bytes (log of {result['entries']:,})"
        )
        print(
            f"offline check of it                      {result['check_ms']} ms,"
            f" {result['check_to_four_signatures']} x four bare signatures"
        )
    rates = result["per_s"]
    shared_rate = rates[f"shared, 3 witnesses, {BATCH} at once"]  # type: ignore[index]
    good = shared_rate >= AIM_PER_S and result["proof_bytes"] <= AIM_BYTES and result["check_ms"] <= AIM_CHECK_MS  # type: ignore[operator]
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
