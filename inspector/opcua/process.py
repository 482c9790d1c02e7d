# SPDX-License-Identifier: AGPL-3.0-or-later
"""The OPC UA process: `python -m inspector.opcua.process --station DIR`. Nobody waits for it."""

from __future__ import annotations

import asyncio
import logging
import sys

from inspector.api.link import StationLink
from inspector.api.schema import EventName
from inspector.child import Child, run_child
from inspector.errors import StoreError
from inspector.opcua.examine import examine, missing
from inspector.store.read import RecordReader

log = logging.getLogger(__name__)

NAME = "opcua"
WAIT_S = 0.2


def main() -> int:
    """Run the OPC UA process; see `run_child` for exit codes."""
    # Below this asyncua writes a line, or a whole traceback, for whatever a peer sends.
    logging.getLogger("asyncua").setLevel(logging.CRITICAL)
    return run_child(_body, "OPC UA server")


def _body(child: Child) -> None:
    settings = child.config.opcua
    if not settings.enabled:
        return
    identity = examine(child.station, settings)
    for words in missing(child.station, settings, identity):
        log.warning("%s", words)
    reader = _wait_for_store(child)
    if reader is None:
        return
    from inspector.opcua.serve import serve  # it imports asyncua

    link = StationLink(child.hub(NAME), _ignore, actor=NAME, events=(EventName.STATE,))
    link.start()
    try:
        with reader:
            asyncio.run(serve(child, identity, link, reader))
    finally:
        link.close()


def _ignore(_name: EventName, _data: dict[str, object]) -> None:
    """The link keeps the latest state, which is all that is shown."""


def _wait_for_store(child: Child) -> RecordReader | None:
    """The station makes the database at its first start; until then there is nothing to show."""
    told = ""
    while not child.stop.is_set():
        try:
            return RecordReader(child.station)
        except StoreError as error:
            if str(error) != told:
                log.info("waiting for the station: %s", error)
            told = str(error)
            child.stop.wait(WAIT_S)
    return None


if __name__ == "__main__":
    sys.exit(main())
