# SPDX-License-Identifier: AGPL-3.0-or-later
"""One event loop: server, service, methods."""

from __future__ import annotations

import asyncio
import logging
import time
from datetime import UTC, datetime
from importlib.metadata import version

from inspector.api.link import StationLink
from inspector.child import Child
from inspector.opcua.certificates import Identity, TrustList
from inspector.opcua.methods import Methods
from inspector.opcua.results import Results
from inspector.opcua.service import Service
from inspector.opcua.stack.server import Listening, OpcUaServer
from inspector.opcua.users import Logins
from inspector.store.read import RecordReader

log = logging.getLogger(__name__)

NAME = "opcua"
STEP_S = 0.1
LONGEST_USER = 64


async def serve(child: Child, identity: Identity, link: StationLink, reader: RecordReader) -> None:
    """Serve until the process has to end.

    Args:
        child: Surroundings of the process.
        identity: The server's address and certificate.
        link: To the station.
        reader: The records.

    Raises:
        ConfigError: The server cannot listen, or its certificate is damaged.
        EvidenceError: A record is damaged.
        StoreError: The records cannot be read.
    """
    settings, config = child.config.opcua, child.config
    simulated = config.line.backend == "plant" or any(c.producer == "simulator" for c in config.cameras)
    results = Results(reader, settings.results, simulated)
    methods = Methods(link, results)
    trusted = TrustList(child.station, lambda: datetime.now(UTC))

    def told(user: str, result: str) -> None:
        link.tell("machine-login", {"user": user[:LONGEST_USER], "result": result})

    logins = Logins(child.station, time.monotonic, told)
    server = OpcUaServer(_listening(child, identity), trusted.admit, logins.right_of, methods.answer)
    port = await server.start(settings.results)
    try:
        service = Service(
            server, link, results, settings.results, lambda: methods.last_refusal, lambda: datetime.now(UTC)
        )
        await service.begin()
        child.run.publish(NAME, port)
        log.info("OPC UA server at opc.tcp://%s:%d/inspector", identity.host, port)
        while child.goes_on():
            await service.step()
            await asyncio.sleep(STEP_S)
    finally:
        await server.stop()


def _listening(child: Child, identity: Identity) -> Listening:
    settings = child.config.opcua
    return Listening(
        identity=identity,
        port=settings.port,
        name=f"Inspector {child.config.station.name}",
        software=version("inspector-station"),
        anonymous=settings.anonymous_read,
        sessions=settings.sessions,
        subscriptions=settings.subscriptions,
    )
