# SPDX-License-Identifier: AGPL-3.0-or-later
"""A sender of its own for one peer, so that a peer that hangs never holds up the loop that has to go on."""

from __future__ import annotations

import logging
import queue
import threading

from inspector.ipc.channel import Message
from inspector.ipc.connections import Connections

log = logging.getLogger(__name__)

OUTBOX_SIZE = 1024


class Outbox:
    """Messages to one peer, in order, sent by a thread.

    The queue is bounded. When it is full the peer has not read for about a second: the connection is dropped and
    everything queued with it. That loses nothing that matters, because whoever uses an outbox sends again, from a
    durable place, what was not acknowledged before the connection was lost.

    Args:
        hub: The connections of this process.
        peer: To whom.
    """

    def __init__(self, hub: Connections, peer: str) -> None:
        self._hub = hub
        self._peer = peer
        self._queue: queue.Queue[Message | None] = queue.Queue(OUTBOX_SIZE)
        self._thread = threading.Thread(target=self._work, name=f"outbox-{hub.name}-{peer}", daemon=True)
        self._thread.start()

    def put(self, message: Message) -> bool:
        """Queue one message without waiting; False when the peer does not read and was dropped."""
        try:
            self._queue.put_nowait(message)
        except queue.Full:
            log.error("%s: %s does not read, its connection is dropped", self._hub.name, self._peer)
            self.clear()
            self._hub.disconnect(self._peer)
            return False
        return True

    def clear(self) -> None:
        """Forget what is queued: it belonged to a connection that is gone."""
        while True:
            try:
                self._queue.get_nowait()
            except queue.Empty:
                return

    def close(self) -> None:
        """Send what is queued and end the thread."""
        self._queue.put(None)
        self._thread.join()

    def _work(self) -> None:
        while (message := self._queue.get()) is not None:
            self._hub.send(self._peer, message)
