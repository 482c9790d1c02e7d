# SPDX-License-Identifier: AGPL-3.0-or-later
"""What a process sees of its connections: sockets in production, simulated time and latencies in a simulation."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from inspector.ipc.channel import Message


class EventKind(Enum):
    """What happened on a connection."""

    CONNECTED = "connected"
    MESSAGE = "message"
    LOST = "lost"


@dataclass(frozen=True, slots=True)
class Event:
    """One entry of the inbox; `message` is empty for CONNECTED and LOST."""

    kind: EventKind
    peer: str
    message: Message


class Sender(Protocol):
    """The way to one peer; never waits for it."""

    def put(self, message: Message) -> bool:
        """Hand over one message; False when the peer does not read and was dropped."""
        ...

    def clear(self) -> None:
        """Forget what has not been sent: it belonged to a connection that is gone."""
        ...

    def close(self) -> None:
        """Send what was handed over, then end."""
        ...


class Connections(Protocol):
    """The connections of one process, read into one inbox. `Hub` is the one on sockets.

    Attributes:
        name: How this process introduces itself, for example "line" or "camera:cam1".
    """

    name: str

    def listen(self) -> None:
        """Accept other processes of this run."""
        ...

    def connect(self, server: str) -> None:
        """Connect to `server` and keep connecting whenever the connection is lost."""
        ...

    def receive(self, timeout_s: float) -> Event | None:
        """The next event, or None after `timeout_s` seconds without one."""
        ...

    def send(self, peer: str, message: Message) -> bool:
        """Send to a connected peer; False when it is not connected or does not read (a LOST event follows)."""
        ...

    def outbox(self, peer: str) -> Sender:
        """A sender of its own for a peer that may hang."""
        ...

    def post(self, message: Message, peer: str = "self") -> None:
        """Put a message of this process into the inbox, as if from the peer `peer`; never waits."""
        ...

    def disconnect(self, peer: str) -> None:
        """Drop the connection to a peer that does not behave; it may connect again (a LOST event follows)."""
        ...

    def peers(self) -> tuple[str, ...]:
        """Names of the connected peers."""
        ...

    def close(self) -> None:
        """Close every connection and end every thread."""
        ...
