# SPDX-License-Identifier: AGPL-3.0-or-later
"""A time stamp authority as the ledger: `python -m benchmarks.bench_tsa [--json]`.

The authority is `openssl ts -reply` on this machine, a process for each request: what it takes is most of a stamp, as
the way over the network is with a real one. Checks are those of an auditor: token, certificates and path, offline.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import statistics
import tempfile
import time
from pathlib import Path

from inspector.config.ledger import TsaSettings
from inspector.evidence.timestamp import check_stamp
from inspector.evidence.tsa_roots import TsaRoots
from ledger_anchor.timestamp.driver import TsaLedger
from ledger_anchor.timestamp.library import make_request
from tests.tsa_server import OpensslTsa, serving
from tests.unit.test_directory_log import Shop

SHIFTS = 50
MOST_CHECK_MS = 5.0


def measure(folder: Path, shifts: int) -> dict[str, float | int]:
    """Stamp a seal for each shift, then check all receipts."""
    tsa = OpensslTsa(folder / "tsa")
    shop = Shop("bench")
    documents = [shop.close() for _ in range(shifts)]
    authority_ms, stamp_ms = [], []
    for document in documents:
        begin = time.perf_counter()
        tsa.answer(make_request(document.leaf).data)
        authority_ms.append((time.perf_counter() - begin) * 1000)
    with serving(lambda request: (200, tsa.answer(request))) as served:
        settings = TsaSettings(kind="timestamp", origin="tsa", url=served.url, roots_file=str(tsa.root_file))
        ledger = TsaLedger(settings)
        proofs = []
        for document in documents:
            begin = time.perf_counter()
            proofs.append(ledger.submit(document).proof)
            stamp_ms.append((time.perf_counter() - begin) * 1000)
        ledger.close()
    roots = TsaRoots([tsa.authority.root])
    check_ms = []
    for document, proof in zip(documents, proofs, strict=True):
        begin = time.perf_counter()
        roots.path(check_stamp(proof, hashlib.sha256(document.leaf).digest()))
        check_ms.append((time.perf_counter() - begin) * 1000)
    return {
        "stamps": len(documents),
        "stamp_ms": statistics.median(stamp_ms),
        "stamp_ms_p95": statistics.quantiles(stamp_ms, n=20)[-1],
        "authority_ms": statistics.median(authority_ms),
        "check_ms": statistics.median(check_ms),
        "check_ms_p95": statistics.quantiles(check_ms, n=20)[-1],
        "proof_characters": max(map(len, proofs)),
    }


def main() -> int:
    """Measure, print, and fail where a check takes longer than it may."""
    parser = argparse.ArgumentParser(description="Time stamps: how long one takes, and its check.")
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--shifts", type=int, default=SHIFTS)
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        found = measure(Path(folder), arguments.shifts)
    if arguments.json:
        print(json.dumps(found))
    else:
        print(
            f"{found['stamps']} seals: {found['stamp_ms']:.1f} ms per stamp (p95 {found['stamp_ms_p95']:.1f}), of "
            f"which {found['authority_ms']:.1f} ms are the authority; {found['check_ms']:.2f} ms per check "
            f"(p95 {found['check_ms_p95']:.2f}); receipt of {found['proof_characters']} characters"
        )
    return 0 if found["check_ms"] <= MOST_CHECK_MS else 1


if __name__ == "__main__":
    raise SystemExit(main())
