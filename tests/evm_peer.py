# SPDX-License-Identifier: AGPL-3.0-or-later
"""A driver in a process of its own: `python -m tests.evm_peer SETTINGS DOCUMENTS` submits in order, prints receipts."""

from __future__ import annotations

import json
import sys
import time
from dataclasses import asdict
from pathlib import Path

from inspector.config.ledger import EvmSettings
from inspector.errors import LedgerUnreachable
from inspector.evidence.seal import split_leaf
from ledger_anchor.evm.driver import EvmLedger

AGAIN_S = 0.01


def main() -> int:
    settings = EvmSettings(**json.loads(Path(sys.argv[1]).read_text()))
    leaves = [bytes.fromhex(line) for line in Path(sys.argv[2]).read_text().split()]
    ledger = EvmLedger(settings)
    for leaf in leaves:
        while True:
            try:
                receipt = ledger.submit(split_leaf(leaf))
            except LedgerUnreachable:  # as after a transaction that lost the race
                receipt = None
            if receipt is not None:
                break
            time.sleep(AGAIN_S)
        print(json.dumps(asdict(receipt)), flush=True)
    ledger.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
