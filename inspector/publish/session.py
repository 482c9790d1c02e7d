# SPDX-License-Identifier: AGPL-3.0-or-later
"""One connection's work: birth, records from the position on, a bounded number under way, farewell."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from inspector.config import MqttSettings
from inspector.errors import BrokerAway
from inspector.publish.broker import Broker
from inspector.publish.messages import Message, Teller
from inspector.publish.position import Position
from inspector.store.read import RecordReader

WAIT_S = 0.1
FAREWELL_WITHIN_S = 2.0


@dataclass(slots=True)
class _UnderWay:
    """A message that the broker has not confirmed; `number` is None when there was nothing to send."""

    number: int | None
    after: Position
    sent_s: float


class Session:
    """Publishes over one connection that is open already.

    Args:
        broker: The connection.
        reader: The records.
        teller: Makes messages.
        settings: `[mqtt]`.
        position: From where to go on.
        now_us: UTC, microseconds.
    """

    def __init__(
        self,
        broker: Broker,
        reader: RecordReader,
        teller: Teller,
        settings: MqttSettings,
        position: Position,
        now_us: Callable[[], int],
    ) -> None:
        self.confirmed = position
        self._broker = broker
        self._reader = reader
        self._teller = teller
        self._settings = settings
        self._now_us = now_us
        self._base = f"{settings.prefix}/{teller.station}"
        self._sent = position
        self._under_way: deque[_UnderWay] = deque()
        self._confirmations: set[int] = set()
        self._counts_at_s = time.monotonic()

    def birth(self, payload: bytes) -> None:
        """Say that the station is there; subscribers to come hear it too."""
        self._send(Message("status", payload, self._sent, retain=True))

    def step(self) -> None:
        """Send what may be sent, hear what was confirmed; waits a moment when there is nothing to do.

        Raises:
            PublishError: The connection is broken, or the broker confirms nothing any more.
            EvidenceError: A record is damaged, so that nothing after it can be told.
            StoreError: The records cannot be read.
        """
        self._send_records()
        self._send_seal()
        if time.monotonic() >= self._counts_at_s and len(self._under_way) < self._settings.in_flight:
            self._counts_at_s = time.monotonic() + self._settings.counts_every_s
            self._send(self._teller.counts(self._sent, self._newest(), self._now_us()))
        self._hear(WAIT_S)

    def farewell(self, payload: bytes) -> None:
        """Say that the station leaves in order, and wait a moment for what is under way.

        Raises:
            PublishError: The connection is broken: the last will speaks instead.
        """
        self._send(Message("status", payload, self._sent, retain=True))
        until = time.monotonic() + FAREWELL_WITHIN_S
        while self._under_way and time.monotonic() < until:
            self._hear(WAIT_S)
        self._broker.close()

    def _send_records(self) -> None:
        room = self._settings.in_flight - len(self._under_way)
        if room <= 0:
            return
        for record in self._reader.following(self._sent.seq, room):
            self._send(self._teller.record(record, self._sent))

    def _send_seal(self) -> None:
        """The next seal, if it is signed and the broker was told of all its records; a locked key delays it."""
        document = self._reader.seal(self._sent.seal + 1)
        if document is None or len(self._under_way) >= self._settings.in_flight:
            return
        message = self._teller.seal(document, self._sent)
        if message is not None:
            self._send(message)

    def _newest(self) -> int:
        return max((record.seq for record in self._reader.latest(1)), default=0)

    def _send(self, message: Message) -> None:
        number = None
        if message.topic is not None:
            number = self._broker.publish(f"{self._base}/{message.topic}", message.payload, retain=message.retain)
        self._under_way.append(_UnderWay(number, message.after, time.monotonic()))
        self._sent = message.after

    def _hear(self, timeout_s: float) -> None:
        """Take confirmations; the position follows in the order of the records, whatever order they come in."""
        self._broker.step(timeout_s)
        self._confirmations |= self._broker.take_confirmed()
        while self._under_way:
            head = self._under_way[0]
            if head.number is not None and head.number not in self._confirmations:
                break
            self._under_way.popleft()
            if head.number is not None:
                self._confirmations.discard(head.number)
            self.confirmed = head.after
        # A broker that answers pings and confirms nothing would hold us for ever.
        if self._under_way and time.monotonic() - self._under_way[0].sent_s > 2 * self._settings.keepalive_s:
            raise BrokerAway("the MQTT broker confirms nothing any more", "Look at the broker: disk, quota, rights")
