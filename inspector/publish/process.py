# SPDX-License-Identifier: AGPL-3.0-or-later
"""The publishing process: `python -m inspector.publish.process --station DIR`. It only reads; nobody waits for it."""

from __future__ import annotations

import logging
import secrets
import sys
import threading
import time
from importlib.metadata import version
from pathlib import Path

from inspector.child import Child, run_child
from inspector.config import Config
from inspector.errors import FormatInvalid, PublishError, StoreError
from inspector.publish import position as cursor
from inspector.publish.access import Access, read_access
from inspector.publish.broker import Broker
from inspector.publish.messages import Teller
from inspector.publish.position import Position
from inspector.publish.session import Session
from inspector.store.read import RecordReader

log = logging.getLogger(__name__)

WAIT_S = 0.2
LOOPBACK = ("127.0.0.1", "::1", "localhost")
RECONNECT_S = 0.5
SAVE_EVERY_S = 1.0
"""The cursor may lag: what it does not cover is told once more. Each save is an fsync on the records' disk."""


class Publisher:
    """Holds on to the broker, connection after connection, until told to stop.

    Args:
        station: Station directory.
        config: Its settings.
        access: Credentials for the broker.
        reader: The records.
    """

    def __init__(self, station: Path, config: Config, access: Access, reader: RecordReader) -> None:
        self._station = station
        self._settings = config.mqtt
        self._access = access
        self._reader = reader
        simulated = config.line.backend == "plant" or any(c.producer == "simulator" for c in config.cameras)
        self._teller = Teller(config.station.name, simulated, version("inspector-station"))
        self._position = start_position(station, reader)
        self._saved = self._position
        self._save_at_s = 0.0
        self._told = ""

    def run(self, stop: threading.Event) -> None:
        """Publish until `stop` is set.

        Raises:
            EvidenceError: A record is damaged.
            StoreError: The records cannot be read.
        """
        wait_s = RECONNECT_S
        while not stop.is_set():
            before = self._position
            try:
                self._connection(stop)
            except PublishError as error:
                self._tell(error)
            finally:
                self._save()
            wait_s = RECONNECT_S if self._position != before else min(2 * wait_s, self._settings.reconnect_at_most_s)
            stop.wait(wait_s)

    def _connection(self, stop: threading.Event) -> None:
        """One connection from birth to farewell, or to its break."""
        birth = secrets.token_hex(8)
        now_us = _now_us()
        will = self._teller.status("offline", "the connection broke", birth, now_us)
        topic = f"{self._settings.prefix}/{self._teller.station}/status"
        client_id = self._settings.client_id or f"inspector-{self._teller.station}"
        broker = Broker(self._settings, self._access, client_id, (topic, will))
        if not broker.open(stop.is_set):
            return
        log.info("connected to %s:%d, from record %d on", self._settings.host, self._settings.port, self._position.seq)
        self._told = ""
        session = Session(broker, self._reader, self._teller, self._settings, self._position, _now_us)
        session.birth(self._teller.status("online", "", birth, now_us))
        try:
            while not stop.is_set():
                session.step()
                self._position = session.confirmed
                if time.monotonic() >= self._save_at_s:
                    self._save()
            session.farewell(self._teller.status("offline", "the station stops", birth, _now_us()))
        except PublishError:
            broker.close()
            raise
        finally:
            self._position = session.confirmed

    def _save(self) -> None:
        self._save_at_s = time.monotonic() + SAVE_EVERY_S
        if self._position == self._saved:
            return
        try:
            cursor.save(self._station, self._position)
        except OSError as error:
            log.error("the cursor cannot be stored: %s", error)  # a full disk: records are told once more later
            return
        self._saved = self._position

    def _tell(self, error: PublishError) -> None:
        """A broker that stays away is said once."""
        if str(error) != self._told:
            log.warning("%s (it is tried again; records wait)", error)
        self._told = str(error)


def start_position(station: Path, reader: RecordReader) -> Position:
    """Where the last run stopped; the beginning, when that is not known or was in another history.

    Telling records once more does no harm, because each message carries number and hash; to leave some out would.

    Raises:
        StoreError: Cursor or records cannot be read.
    """
    try:
        stored = cursor.load(station)
    except FormatInvalid as error:
        log.error("%s is damaged (%s): everything is published again", cursor.CURSOR_NAME, error)
        return Position()
    if stored is None or stored.seq == 0:
        return Position()
    record = reader.record(stored.seq)
    if record is None or record.hash != stored.hash:
        log.error("the records are not those that were published before: everything is published again")
        return Position()
    return stored


def _now_us() -> int:
    return time.time_ns() // 1000


def body(child: Child) -> None:
    """Publish until told to stop."""
    settings = child.config.mqtt
    if not settings.enabled:
        return
    access = read_access(child.station, settings)
    if settings.user and access.tls is None and settings.host not in LOOPBACK:
        log.warning("mqtt.tls is off: user and password cross the network in clear")
    reader = _wait_for_store(child)
    if reader is None:
        return
    with reader:
        Publisher(child.station, child.config, access, reader).run(child.stop)


def _wait_for_store(child: Child) -> RecordReader | None:
    """The station makes the database at its first start; until then there is nothing to tell."""
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


def main() -> int:
    """Run the publishing process; see `run_child` for exit codes."""
    return run_child(body, "MQTT publisher")


if __name__ == "__main__":
    sys.exit(main())
