# SPDX-License-Identifier: AGPL-3.0-or-later
"""The anchor process: `python -m ledger_anchor.process --station DIR`. It holds no key of the station."""

from __future__ import annotations

import logging
import sys
from dataclasses import asdict

from inspector.child import Child, run_child
from inspector.ipc import Connections, Event, EventKind
from ledger_anchor.backends import backends
from ledger_anchor.ledger import Receipt
from ledger_anchor.worker import WAIT_S, Worker, WorkerState

log = logging.getLogger(__name__)


def body(child: Child) -> None:
    """Anchor until told to stop."""
    ledgers = backends(child.station, child.config)
    if not ledgers:
        return
    hub = child.hub("anchor")
    hub.connect("station")

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

    name = child.config.station.name
    workers = [Worker(ledger, child.station, name, send, child.stop) for ledger in ledgers]
    try:
        _listen(child, hub, workers)
    finally:
        child.stop.set()
        for worker in workers:
            worker.join()
        hub.close()
    # One ledger that cannot be used is an alarm of the station; none at all is the end.
    for worker in workers:
        if worker.failure is not None:
            raise worker.failure


def _listen(child: Child, hub: Connections, workers: list[Worker]) -> None:
    given_up: set[str] = set()
    told: dict[str, WorkerState] = {}
    while not child.stop.is_set() and len(given_up) < len(workers):
        event = hub.receive(WAIT_S)
        if event is not None:
            _pass_on(event, workers)
            if event.kind is EventKind.CONNECTED:
                told.clear()
        for worker in workers:
            if not worker.alive and worker.origin not in given_up:
                given_up.add(worker.origin)
                log.error("nothing is anchored to %s any more: %s", worker.origin, worker.failure)
            _tell(hub, worker, told)


def _tell(hub: Connections, worker: Worker, told: dict[str, WorkerState]) -> None:
    """Let the station know how it stands with a ledger, once for each change."""
    state = worker.state
    if state is None or told.get(worker.origin) == state:
        return
    if hub.send("station", {"type": "ledger-state", "origin": worker.origin, **asdict(state)}):
        told[worker.origin] = state


def _pass_on(event: Event, workers: list[Worker]) -> None:
    for worker in workers:
        if event.kind is EventKind.CONNECTED:
            worker.connected()
        elif event.message.get("type") == "receipt-ack" and event.message.get("origin") == worker.origin:
            worker.acknowledged(str(event.message.get("seal_sha256")))


def main() -> int:
    """Run the anchor process; see `run_child` for exit codes."""
    return run_child(body, "anchor process")


if __name__ == "__main__":
    sys.exit(main())
