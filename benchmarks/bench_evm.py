# SPDX-License-Identifier: AGPL-3.0-or-later
"""A contract as the ledger: `python -m benchmarks.bench_evm [--json]`.

Against a developer node on this machine that makes a block for each transaction at once: what driver, node and contract
need themselves. On a real chain an anchor takes until its block is final, whatever is measured here.
"""

from __future__ import annotations

import argparse
import json
import statistics
import tempfile
import time
from pathlib import Path

from inspector.evidence.seal import SignedDocument
from ledger_anchor.evm.artefact import station_id
from ledger_anchor.evm.chain import Chain
from ledger_anchor.evm.driver import EvmLedger
from ledger_anchor.evm.history import read_entries
from ledger_anchor.evm.verify import verify_receipt
from ledger_anchor.ledger import Receipt
from tests.evm_node import Registry, running_node
from tests.unit.test_directory_log import KEY, Shop

STATION = "bench"
SHIFTS = 50
MOST_GAS = 70_000
MOST_PROOF_BYTES = 2_000


def anchor(ledger: EvmLedger, document: SignedDocument) -> tuple[Receipt, float]:
    """Submit until there is a receipt; the receipt and the milliseconds."""
    begin = time.perf_counter()
    while (receipt := ledger.submit(document)) is None:
        pass
    return receipt, (time.perf_counter() - begin) * 1000


def measure(folder: Path, shifts: int) -> dict[str, float | int]:
    """Anchor a head and a seal for each shift and check all receipts."""
    with running_node() as node:
        registry = Registry(node, folder)
        keystore, account = registry.account()
        registry.register(STATION, KEY.public_key, account)
        ledger, shop = EvmLedger(registry.settings(keystore)), Shop(STATION)
        documents = []
        for _ in range(shifts):
            shop.grow()
            documents += [shop.head(), shop.close()]
        answers = [anchor(ledger, document) for document in documents]
        gas = [
            int(node.receipt(event.transaction)["gasUsed"], 16)
            for event in read_entries(registry.chain, station_id(STATION))
        ][:-2]  # newest first; the first two write where nothing was
        reader = Chain(registry.settings(keystore))
        begin = time.perf_counter()
        for document, (receipt, _) in zip(documents, answers, strict=True):
            verify_receipt(document, receipt.index, receipt.proof, reader)
        check_ms = (time.perf_counter() - begin) * 1000 / len(documents)
        for one in (ledger, reader, registry):
            one.close()
    times = [ms for _, ms in answers]
    return {
        "anchors": len(answers),
        "anchors_per_s": 1000 * len(times) / sum(times),
        "anchor_ms": statistics.median(times),
        "anchor_ms_p95": statistics.quantiles(times, n=20)[-1],
        "gas_head": max(gas[1::2]),
        "gas_seal": max(gas[0::2]),
        "proof_bytes": max(len(receipt.proof) for receipt, _ in answers),
        "check_ms": check_ms,
    }


def main() -> int:
    """Measure and show; 1 when an aim is missed."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shifts", type=int, default=SHIFTS)
    parser.add_argument("--json", action="store_true", help="print one JSON document instead of words")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="inspector-bench-") as name:
        found = measure(Path(name), arguments.shifts)
    if arguments.json:
        print(json.dumps({**found, "aim_gas": MOST_GAS, "aim_proof_bytes": MOST_PROOF_BYTES}, indent=2))
    else:
        print(
            f"{found['anchors']} anchors, {found['anchors_per_s']:.0f} a second:"
            f" {found['anchor_ms']:.1f} ms each (95 %: {found['anchor_ms_p95']:.1f})\n"
            f"gas: head {found['gas_head']}, seal {found['gas_seal']} (aim {MOST_GAS})\n"
            f"proof: {found['proof_bytes']} bytes (aim {MOST_PROOF_BYTES});"
            f" check against the node: {found['check_ms']:.1f} ms"
        )
    small = max(found["gas_head"], found["gas_seal"]) <= MOST_GAS and found["proof_bytes"] <= MOST_PROOF_BYTES
    return 0 if small else 1


if __name__ == "__main__":
    raise SystemExit(main())
