# SPDX-License-Identifier: AGPL-3.0-or-later
"""Talk between the station's processes: loopback sockets, length-prefixed JSON, one secret per run."""

from inspector.ipc.channel import Channel, Message
from inspector.ipc.connections import Connections, Event, EventKind, Sender
from inspector.ipc.hub import Hub
from inspector.ipc.outbox import Outbox
from inspector.ipc.rundir import RunDirectory

__all__ = [
    "Channel",
    "Connections",
    "Event",
    "EventKind",
    "Hub",
    "Message",
    "Outbox",
    "RunDirectory",
    "Sender",
]
