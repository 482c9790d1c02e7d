# SPDX-License-Identifier: AGPL-3.0-or-later
"""Whether the station's records are those that it had: after a restore from an old backup it must not go on."""

from __future__ import annotations

import json
import logging
import threading
from datetime import UTC, datetime

from inspector.child import Child
from inspector.errors import EvidenceError, RecordsOld, StoreError
from inspector.evidence.record import clean_text
from inspector.station.readiness import Reason
from inspector.store.newest import Known, is_behind, newest_in_log
from inspector.store.read import RecordReader
from inspector.store.restore import MARK

WITHIN_S = 3.0
"""How long the log may take; the last entries of a log are read in milliseconds."""

log = logging.getLogger(__name__)

ADVICE = "restore the newest backup or the station's former disk; if newer records are lost, see docs/backup.md"


class RecordsAge:
    """Asks the ledger, at the start and before each shift, whether it knows newer seals or heads of this station.

    A ledger that does not answer stands in nobody's way, except once: right after a restore.

    Args:
        child: Station directory and settings.
    """

    def __init__(self, child: Child) -> None:
        self._path = child.station / MARK
        self._station = child.station
        self._name = child.config.station.name
        self._ledger = child.config.ledger
        self._mark = self._read_mark()
        self._behind = ""
        self._thread: threading.Thread | None = None
        self.look()

    def look(self) -> None:
        """Ask again."""
        self._behind = str(self._mark.get("old", "")) if self._mark else ""
        if self._behind or self._ledger.kind == "none":
            return
        try:
            known = self._ask()
            with RecordReader(self._station) as reader:
                if known is not None and is_behind(reader, known):
                    self._behind = f"the ledger holds {known}"
        except (StoreError, EvidenceError) as error:
            log.warning("whether the ledger knows newer records is not known: %s", error)
            if self._mark:
                self._behind = f"after a restore the ledger has to be asked first: {error.message}"

    def _ask(self) -> Known | None:
        """What the log knows, on a thread of its own: a folder on the network may hang, and the line does not wait.

        Raises:
            StoreError: There is no log, it cannot be read, or does not answer.
        """
        found: list[Known | None] = []
        failed: list[StoreError] = []

        def work() -> None:
            folder = self._station / self._ledger.path
            try:
                made = (
                    self._mark is not None or (folder / "checkpoint").is_file()
                )  # before the first seal there is none
                found.append(newest_in_log(folder, self._name) if made else None)
            except StoreError as error:
                failed.append(error)

        if self._thread is None or not self._thread.is_alive():
            self._thread = threading.Thread(target=work, name="ledger-age", daemon=True)
            self._thread.start()
            self._thread.join(WITHIN_S)
        if failed:
            raise failed[0]
        if not found:
            raise StoreError("The log does not answer", "Check ledger.path")
        return found[0]

    def reasons(self) -> list[Reason]:
        """Why nothing may be inspected; empty if the records are the newest that anybody knows of."""
        if not self._behind:
            return []
        return [Reason("RECORDS_OLD", f"the records come from an old backup: {self._behind}", ADVICE)]

    def require_newest(self) -> None:
        """Refuse what would be a second history.

        Raises:
            RecordsOld: Somebody knows newer records.
        """
        self.look()
        if self._behind:
            raise RecordsOld(f"the records come from an old backup: {self._behind}", ADVICE.capitalize())

    def words(self) -> str:
        """What the record of this start has to say about a restore; empty if there was none."""
        if not self._mark:
            return ""
        made = datetime.fromtimestamp(int(str(self._mark["made_us"])) / 1e6, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        old = f"; old: {self._behind}" if self._behind else ""
        return clean_text(f"after a restore of the backup of {made}, up to record {self._mark['seq']}{old}")

    def recorded(self) -> None:
        """The restore stands in the records; an old one stays marked."""
        if self._mark and not self._behind:
            self._path.unlink(missing_ok=True)
            self._mark = None

    def _read_mark(self) -> dict[str, object] | None:
        try:
            found: object = json.loads(self._path.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise StoreError(f"{self._path} cannot be read: {error}", "Restore the backup again") from error
        if not isinstance(found, dict) or not {"made_us", "seq", "old"} <= found.keys():
            raise StoreError(f"{self._path} is damaged", "Restore the backup again")
        return found
