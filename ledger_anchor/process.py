# SPDX-License-Identifier: AGPL-3.0-or-later
"""The anchor process: `python -m ledger_anchor.process --station DIR`. It holds no key of the station."""

from __future__ import annotations

import logging
import sys
import time

from inspector.child import Child, run_child
from inspector.errors import StoreError
from inspector.evidence.keys import read_public_key
from inspector.ipc import Connections, EventKind
from inspector.store.documents import DocumentStore
from inspector.store.read import RecordReader
from ledger_anchor.anchor import Anchor, open_ledger
from ledger_anchor.ledger import Receipt

log = logging.getLogger(__name__)

WAIT_S = 0.2


def body(child: Child) -> None:
    """Anchor until told to stop."""
    if child.config.ledger.kind == "none":
        return
    hub = child.hub("anchor")
    hub.connect("station")
    try:
        reader = _wait_for_store(child)
        if reader is None:
            return
        try:
            _anchor(child, hub, reader)
        finally:
            reader.close()
    finally:
        hub.close()


def _wait_for_store(child: Child) -> RecordReader | None:
    """The station makes the database at its first start; until then there is nothing to anchor."""
    while not child.stop.is_set():
        try:
            return RecordReader(child.station)
        except StoreError as error:
            log.info("waiting for the station: %s", error)
            child.stop.wait(WAIT_S)
    return None


def _anchor(child: Child, hub: Connections, reader: RecordReader) -> None:
    settings, name = child.config.ledger, child.config.station.name
    public_key = read_public_key((child.station / child.config.key.file).with_suffix(".pub"))
    ledger = open_ledger(child.station / settings.path, settings.origin, name, public_key, reader)

    def send(receipt: Receipt) -> bool:
        return hub.send(
            "station",
            {
                "type": "receipt",
                "seal_sha256": receipt.digest,
                "ledger": {"kind": receipt.kind, "origin": receipt.origin},
                "index": receipt.index,
                "proof": receipt.proof,
            },
        )

    anchor = Anchor(reader, ledger, name, DocumentStore(child.station), send)
    try:
        while not child.stop.is_set():
            event = hub.receive(WAIT_S)
            if event is not None and event.kind is EventKind.CONNECTED:
                anchor.connected()
            elif event is not None and event.message.get("type") == "receipt-ack":
                anchor.acknowledged(str(event.message.get("seal_sha256")))
            anchor.work(time.monotonic())
    finally:
        ledger.close()


def main() -> int:
    """Run the anchor process; see `run_child` for exit codes."""
    return run_child(body, "anchor process")


if __name__ == "__main__":
    sys.exit(main())
